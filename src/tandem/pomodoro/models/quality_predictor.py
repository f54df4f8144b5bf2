"""How well a session is going to go: the weighted mean of seven sides of its context."""

from datetime import datetime
from typing import Final, Literal, cast

from tandem.core.i18n import Translator
from tandem.pomodoro.models.quality_factors import Prior, Score, all_scores, preset_score
from tandem.pomodoro.models.quality_texts import advice, has_wellness, standing_out
from tandem.pomodoro.models.spread import spread
from tandem.pomodoro.presets import PRESETS, WEEKDAYS_CS_PLAIN
from tandem.pomodoro.schemas.common import local_timestamp
from tandem.pomodoro.schemas.quality import (
    FactorScore,
    FactorScores,
    QualityContext,
    QualityMetadata,
    QualityPrediction,
    QualityQuery,
)
from tandem.pomodoro.snapshot import COMPLETED, RATED, Snapshot

WEIGHTS: Final = {
    "hour": 0.22, "day": 0.13, "preset": 0.17, "category": 0.13, "fatigue": 0.12, "recovery": 0.08, "wellness": 0.15,
}  # fmt: skip
"""They sum to 1."""

_EIGHTY_PERCENT: Final = 1.2816
"""Standard deviations to either side that hold 80 % of a normal distribution."""

DayName = Literal["Pondeli", "Utery", "Streda", "Ctvrtek", "Patek", "Sobota", "Nedele", "Unknown"]


def predict(snapshot: Snapshot, now: datetime, text: Translator, query: QualityQuery) -> QualityPrediction:
    """Predict the rating, 0-100, of the session that ``query`` describes."""
    scores = all_scores(snapshot, query)
    prediction = sum(WEIGHTS[name] * score.value for name, score in scores.items())
    prediction = round(min(max(prediction, 0.0), 100.0), 1)
    total = snapshot.statistics.total()
    margin = _EIGHTY_PERCENT * spread(total)
    return QualityPrediction(
        predicted_productivity=prediction,
        confidence=round(sum(WEIGHTS[name] * score.confidence for name, score in scores.items()), 2),
        interval_80=(round(max(0.0, prediction - margin), 1), round(min(100.0, prediction + margin), 1)),
        basis="history" if total[RATED] > 0.5 else "default",
        context=_context(query),
        factor_scores=_shown(scores),
        factors=standing_out(scores, query, text),
        recommendation=advice(prediction, scores, query, _better_preset(snapshot, scores, query), text),
        metadata=QualityMetadata(
            total_sessions_analyzed=round(float(total[COMPLETED])),
            wellness_integrated=has_wellness(query),
            timestamp=local_timestamp(now),
        ),
    )


def _context(query: QualityQuery) -> QualityContext:
    known = PRESETS.get(query.preset)
    day = WEEKDAYS_CS_PLAIN[query.day] if 0 <= query.day <= 6 else "Unknown"
    return QualityContext(
        hour=query.hour,
        day_of_week=query.day,
        day_name=cast("DayName", day),
        preset=query.preset,
        preset_name=query.preset if known is None else known.name,
        category=query.category,
        sessions_today=query.sessions_today,
        minutes_since_last=query.minutes_since_last,
        has_wellness_data=has_wellness(query),
    )


def _shown(scores: dict[str, Score]) -> FactorScores:
    return FactorScores(
        **{
            name: FactorScore(
                score=round(score.value, 1), confidence=round(score.confidence, 2), weight=WEIGHTS[name]
            )
            for name, score in scores.items()
        }
    )


def _better_preset(snapshot: Snapshot, scores: dict[str, Score], query: QualityQuery) -> str | None:
    prior = Prior(snapshot)
    others = [preset for preset in PRESETS.values() if preset.key != query.preset]
    best = max(others, key=lambda preset: preset_score(snapshot, prior, preset.key, query.hour).value)
    promises = preset_score(snapshot, prior, best.key, query.hour).value
    return best.name if promises > scores["preset"].value else None
