"""Which of the four presets fits an hour, a weekday and a category.

Presets are ranked by their advantage (:mod:`tandem.pomodoro.models.preset_advantage`) less one standard error. One
with fewer than three ratings counts as not tried, so that a lucky session does not win; one not tried wins where
the tried ones do clearly worse than usual.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tandem.core.i18n import Translator
from tandem.pomodoro.models.preset_advantage import Context, advantages
from tandem.pomodoro.models.preset_reasons import reason_for
from tandem.pomodoro.models.spread import spread
from tandem.pomodoro.presets import PRESET_KEYS, PresetKey, default_preset_at
from tandem.pomodoro.schemas.recommendations import Recommendation
from tandem.pomodoro.snapshot import ATTEMPTS, Snapshot

DEFAULT_CONFIDENCE: Final = 0.3
"""What the contract gives to a recommendation without data; no other is less sure."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One preset in the context: what to expect (0-100), that less its standard error, and the sample."""

    preset: PresetKey
    expected: float
    score: float
    confidence: float
    sessions: int


def recommend(  # noqa: PLR0913 - the context is three optional facts, each of which a caller may name alone
    snapshot: Snapshot,
    now: datetime,
    text: Translator,
    *,
    category: str | None = None,
    hour: int | None = None,
    weekday: int | None = None,
) -> Recommendation:
    """Recommend a preset for ``hour`` (0-23) of ``weekday`` (0 = Monday), by default those of ``now``."""
    context = Context(
        hour=now.hour if hour is None else hour,
        weekday=now.weekday() if weekday is None else weekday,
        category=category or None,
    )
    ranked = rank(snapshot, context)
    best = ranked[0]
    known = snapshot.statistics.total()[ATTEMPTS] > 0.5
    return Recommendation(
        current_time=now.strftime("%H:%M"),
        recommended_preset=best.preset,
        preset=best.preset,
        reason=reason_for(snapshot, best.preset, best.confidence, context, text),
        alternative=ranked[1].preset if known else None,
        confidence=round(max(best.confidence, DEFAULT_CONFIDENCE), 2),
        all_scores=_scores(ranked) if known else None,
        expected_productivity=round(best.expected, 1),
        sessions=best.sessions,
        basis="history" if best.confidence > 0 else "default",
    )


def rank(snapshot: Snapshot, context: Context) -> list[Scored]:
    """Return the four presets, best first; on a tie the hour's default, then the contract's order."""
    level, found = advantages(snapshot, context)
    deviation = spread(snapshot.statistics.total())
    scored = [
        Scored(
            preset=each.preset,
            expected=min(max(level + each.gain, 0.0), 100.0),
            score=level + each.gain - deviation * each.error,
            confidence=each.confidence,
            sessions=each.sessions,
        )
        for each in found
    ]
    default = default_preset_at(context.hour)
    return sorted(
        scored, key=lambda s: (-round(s.score, 6), s.preset != default, PRESET_KEYS.index(s.preset))
    )


def _scores(ranked: list[Scored]) -> dict[PresetKey, float]:
    by_preset = {scored.preset: scored.score for scored in ranked}
    return {preset: round(min(max(by_preset[preset], 0.0), 100.0), 2) for preset in PRESET_KEYS}
