"""How many sessions, and where it is going."""

import datetime as dt

from tandem.pomodoro.models import finish_predictor, session_predictor, session_trends
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.finish import FinishPrediction
from tandem.pomodoro.schemas.predictions import TodayPrediction, Trends, WeekPrediction
from tandem.pomodoro.services.snapshot_reader import Caller, SnapshotReader


class PredictionService:
    """Forecasts of sessions; every method raises DatabaseUnavailableError without a warm snapshot."""

    def __init__(self, reader: SnapshotReader) -> None:
        """Forecast from the snapshots of ``reader``."""
        self._reader = reader

    async def today(self, caller: Caller, day: dt.date | None) -> TodayPrediction:
        """Forecast one day, by default the current one."""
        return await self._reader.run(
            "today", caller.user,
            lambda snapshot, now: session_predictor.predict_today(snapshot, now, caller.text, day=day),
        )  # fmt: skip

    async def week(self, caller: Caller, start: dt.date | None) -> WeekPrediction:
        """Forecast seven days from ``start``, by default from today."""
        return await self._reader.run(
            "week",
            caller.user,
            lambda snapshot, now: session_predictor.predict_week(snapshot, now, start=start),
        )

    async def finish(self, caller: Caller, sessions: int, preset: PresetKey | None) -> FinishPrediction:
        """Forecast when ``sessions`` more sessions will be done."""
        return await self._reader.run(
            "finish", caller.user,
            lambda snapshot, now: finish_predictor.predict_finish(snapshot, now, sessions=sessions, preset=preset),
        )  # fmt: skip

    async def trends(self, caller: Caller, days: int) -> Trends:
        """Compare the later half of the last ``days`` days with the earlier half."""
        return await self._reader.run(
            "trends", caller.user, lambda snapshot, now: session_trends.trends(snapshot, now, days=days)
        )
