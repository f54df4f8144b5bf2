"""What to do next, when, and how well it will go."""

import datetime as dt
from dataclasses import dataclass

from tandem.core.observability.logger import get_logger
from tandem.pomodoro.models import focus_optimizer, preset_recommender, quality_predictor, themes
from tandem.pomodoro.models import preset_stats as preset_statistics
from tandem.pomodoro.presets import DEFAULT_PRESET
from tandem.pomodoro.schemas.focus import OptimalSchedule
from tandem.pomodoro.schemas.quality import QualityBody, QualityPrediction, QualityQuery
from tandem.pomodoro.schemas.recommendations import PresetStatsAnswer, Recommendation
from tandem.pomodoro.schemas.themes import ThemeRecommendation
from tandem.pomodoro.services.snapshot_reader import Caller, SnapshotReader
from tandem.pomodoro.snapshot import Snapshot

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Situation:
    """For what a preset is recommended; None means now, or no category."""

    category: str | None = None
    hour: int | None = None
    weekday: int | None = None


class RecommendationService:
    """Advice from a person's sessions; every method raises DatabaseUnavailableError without a warm snapshot."""

    def __init__(self, reader: SnapshotReader) -> None:
        """Advise from the snapshots of ``reader``."""
        self._reader = reader

    async def preset(self, caller: Caller, situation: Situation) -> Recommendation:
        """Recommend a preset."""

        def model(snapshot: Snapshot, now: dt.datetime) -> Recommendation:
            return preset_recommender.recommend(
                snapshot, now, caller.text, category=situation.category, hour=situation.hour,
                weekday=situation.weekday,
            )  # fmt: skip

        answer = await self._reader.run("recommendation", caller.user, model)
        log.event(
            "ML_RECOMMENDATION", "preset recommended", level="DEBUG",
            context={"recommended_preset": answer.recommended_preset}, metrics={"confidence": answer.confidence},
        )  # fmt: skip
        return answer

    async def preset_stats(self, caller: Caller) -> PresetStatsAnswer:
        """Sum up each preset."""
        return await self._reader.run(
            "preset_stats", caller.user, lambda snapshot, _: preset_statistics.preset_stats(snapshot)
        )

    async def schedule(self, caller: Caller, sessions: int, weekday: int | None) -> OptimalSchedule:
        """Plan ``sessions`` sessions for a weekday, by default today's."""
        return await self._reader.run(
            "optimal_schedule", caller.user,
            lambda snapshot, now: focus_optimizer.optimize(
                snapshot, now, caller.text, sessions=sessions, weekday=now.weekday() if weekday is None else weekday
            ),
        )  # fmt: skip

    async def quality(self, caller: Caller, body: QualityBody, fallback: QualityBody) -> QualityPrediction:
        """Predict how well a session will go; what ``body`` leaves open is taken from ``fallback``, then now."""
        given = fallback.model_dump(exclude_none=True) | body.model_dump(
            exclude_none=True, exclude={"wellness"}
        )

        def model(snapshot: Snapshot, now: dt.datetime) -> QualityPrediction:
            resolved = {"hour": now.hour, "day": now.weekday(), "preset": DEFAULT_PRESET} | given
            query = QualityQuery(**resolved, wellness=body.wellness)
            return quality_predictor.predict(snapshot, now, caller.text, query)

        return await self._reader.run("quality", caller.user, model)

    async def theme(self, caller: Caller, day: dt.date) -> ThemeRecommendation:
        """Recommend a theme for ``day``."""
        return await self._reader.run(
            "theme", caller.user, lambda snapshot, _: themes.recommend_theme(snapshot, day, caller.text)
        )
