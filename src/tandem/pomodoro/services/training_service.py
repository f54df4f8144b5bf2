"""Fitting one person's models anew, as a job, and saying what was fitted and how good it would have been.

Models here learn with every session: a snapshot is updated by each change, and a fit is made again when the day's data change. To
refit means to trust none of that: read all sessions again, in every worker too, fit to them, and score the fit on the past.
"""

import asyncio
import datetime as dt
from typing import Any, Final
from uuid import UUID

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import NotFoundError
from tandem.core.jobs import JobRecord, Jobs, RunningJob
from tandem.pomodoro import backtest
from tandem.pomodoro.jobs import FIT
from tandem.pomodoro.models.forecast import fit
from tandem.pomodoro.repositories.snapshot_repository import SnapshotRepository
from tandem.pomodoro.schemas.training import (
    BacktestScores,
    FitResult,
    FittedForecast,
    TrainingJob,
    TrainingStatus,
)
from tandem.pomodoro.snapshot import COMPLETED, RATED, Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS
from tandem.pomodoro.snapshot.records import weekday_of

LONGEST_PAST: Final = 365
"""Days that the score looks back; scoring takes about 10 ms for each scored one."""

COMPARED: Final = ("tandem", "old_rule", "mean_of_last_eight", "same_weekday_last_week")
"""Methods whose scores are told: ours, the old service's, and two simple ones."""


class TrainingService:
    """Enqueues fits and tells how they stand."""

    def __init__(self, jobs: Jobs) -> None:
        """Enqueue through ``jobs``."""
        self._jobs = jobs

    async def begin(self, user: str) -> TrainingJob:
        """Enqueue a fit, unless one waits already."""
        job = await self._jobs.enqueue(FIT, key=user, user=user)
        return TrainingJob(
            id=job.id, state=job.state, status_url=_url(job), worker=await self._jobs.worker_lives()
        )

    async def get(self, user: str, job: UUID) -> TrainingStatus:
        """Return how a fit of ``user`` stands; raises NotFoundError."""
        found = await self._jobs.get(job, user)
        if found is None or found.kind != FIT.name:
            raise NotFoundError("there is no such training; finished ones are forgotten after some days")
        return TrainingStatus(
            id=found.id, state=found.state, status_url=_url(found), worker=await self._jobs.worker_lives(),
            attempt=found.attempt, progress=found.progress, error=found.error, created_at=found.created_at,
            started_at=found.started_at, finished_at=found.finished_at,
            result=FitResult.model_validate(found.result) if found.result else None,
        )  # fmt: skip


class FitService:
    """Does the work of the job."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read through ``database``; finished days end before today in the zone of ``clock``."""
        self._database, self._clock = database, clock

    async def fit(self, job: RunningJob) -> dict[str, Any]:
        """Refit everything of the job's user; safe to be done twice."""
        # A version without names of rows: whoever holds a snapshot or an answer of this user makes it anew.
        await self._database.execute("SELECT tandem_bump($1, NULL)", job.user)
        await job.progress(step="reading")
        loaded = await SnapshotRepository(self._database).load(job.user)
        now = self._clock.now()
        await job.progress(step="fitting", sessions=loaded.rows)
        result = await asyncio.to_thread(lambda: _fit(loaded.build(), now))
        return result.model_dump(mode="json")


def _url(job: JobRecord) -> str:
    return f"/api/train/{job.id}"


def _fit(snapshot: Snapshot, now: dt.datetime) -> FitResult:
    total = snapshot.statistics.total()
    yesterday = now.date().toordinal() - 1
    first = snapshot.days.first
    days = 0 if first is None else max(0, yesterday - first + 1)
    start = yesterday - min(days, LONGEST_PAST) + 1
    counts = snapshot.days.window(start, yesterday)[:, SESSIONS].round().astype(int)
    return FitResult(
        fitted_at=now, data_version=snapshot.version, demo=snapshot.demo,
        sessions_analyzed=round(float(total[COMPLETED])), sessions_with_rating=round(float(total[RATED])),
        forecast=_forecast(counts, start, now) if days else None,
        backtest=_score(counts, start), backtest_missing_days=max(0, backtest.MIN_DAYS - len(counts)),
    )  # fmt: skip


def _forecast(counts: Any, start: int, now: dt.datetime) -> FittedForecast:
    forecaster = fit(counts, weekday_of(start))
    day, week = forecaster.day(), forecaster.total()
    return FittedForecast(
        days=len(counts), date=now.date(), sessions=int(day.median), low=int(day.low), high=int(day.high),
        week_sessions=int(week.median), week_low=int(week.low), week_high=int(week.high),
    )  # fmt: skip


def _score(counts: Any, start: int) -> dict[str, BacktestScores] | None:
    if len(counts) < backtest.MIN_DAYS:
        return None
    result = backtest.run(counts, dt.date.fromordinal(start), "training")
    return {
        name: BacktestScores(
            mae_1d=round(s.mae_1d, 3), mae_7d=round(s.mae_7d, 3), pinball=round(s.pinball, 3),
            coverage80=round(s.coverage80, 3), scored_days=result.scored,
        )
        for name, s in result.methods.items() if name in COMPARED
    }  # fmt: skip
