"""Answers about usage, right across workers.

Before each answer this worker's own records are stored, for which it waits at most a second; those of other workers
are stored 0.2 s after they were made. So an answer lacks at most what other workers recorded in the last 0.2 s
(and what is still spilled while PostgreSQL comes back).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tandem.core.clock import Clock, local_start_of_day
from tandem.core.errors import InvalidInputError
from tandem.usage.budget_records import Budget
from tandem.usage.machine import memory_percent
from tandem.usage.recorder import UsageRecorder
from tandem.usage.repository import Figures, Grouping, Line, Selection, UsageRepository
from tandem.usage.schemas import (
    BudgetRead,
    StatsPeriod,
    UsageLimits,
    UsageReport,
    UsageRow,
    UsageStats,
    UsageSums,
)

FLUSH_SECONDS: Final = 1.0
"""How long an answer waits for this worker's own records."""

LONGEST: Final = 366
"""Days of one report."""

USUAL: Final = 30
"""Days of a report that names none."""

_PERIODS: Final[dict[StatsPeriod, dt.timedelta]] = {
    "today": dt.timedelta(hours=24),
    "hour": dt.timedelta(hours=1),
    "month": dt.timedelta(days=30),
}
_NAMED: Final[dict[str, StatsPeriod]] = {name: name for name in _PERIODS}
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Requests that are told as limits; ``enforced`` once somebody has configured them."""

    hourly: int = 100
    daily: int = 1000
    monthly: int = 10_000
    enforced: bool = False


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What to report: local days, both included; None means the last 30 days."""

    by: Grouping = "day"
    first: dt.date | None = None
    last: dt.date | None = None
    user: str | None = None
    key: str | None = None
    model: str | None = None


class UsageReports:
    """All methods raise DatabaseUnavailableError (503) when PostgreSQL is out of reach."""

    def __init__(
        self, repository: UsageRepository, recorder: UsageRecorder, clock: Clock, *, started: dt.datetime,
        limits: RequestLimits | None = None,
    ) -> None:  # fmt: skip
        """Report for a process that ``started`` then; ``limits`` default to the informational ones."""
        self._repository, self._recorder, self._clock = repository, recorder, clock
        self._started = started
        self._limits = limits or RequestLimits()

    async def stats(self, period: str | None = None) -> UsageStats:
        """Return the monitoring page's figures; an unknown ``period`` means ``today``."""
        chosen = _NAMED.get(period or "", "today")
        figures = await self._figures(_PERIODS[chosen])
        memory = memory_percent()
        return UsageStats(
            period=chosen, requests_today=figures.chosen, requests_hour=figures.hour, requests_month=figures.month,
            successful_requests=figures.ok,
            # The last attempt may lie in the period and the first before it.
            failed_requests=max(0, figures.chosen - figures.ok - figures.stopped),
            avg_response_time=round(figures.ms / figures.timed / 1000, 3) if figures.timed else 0.0,
            total_cost=round(sum(model.cost for model in figures.models) / _MICRO, 4),
            unpriced_attempts=figures.unpriced, memory_usage=None if memory is None else round(memory, 1),
            uptime=self._uptime(figures.since),
            model_usage={model.name: model.requests for model in figures.models},
            model_costs={model.name: model.cost / _MICRO for model in figures.models},
        )  # fmt: skip

    async def limits(self, budgets: Sequence[Budget] = ()) -> UsageLimits:
        """Return requests beside their limits, and the caller's ``budgets``."""
        figures, limits = await self._figures(_PERIODS["today"]), self._limits
        return UsageLimits(
            daily_limit=limits.daily, hourly_limit=limits.hourly, monthly_limit=limits.monthly,
            daily_used=figures.day, hourly_used=figures.hour, monthly_used=figures.month,
            daily_exceeded=figures.day >= limits.daily, hourly_exceeded=figures.hour >= limits.hourly,
            monthly_exceeded=figures.month >= limits.monthly, enforced=limits.enforced or bool(budgets),
            budgets=[BudgetRead.of(budget) for budget in budgets],
        )  # fmt: skip

    async def reset(self, user: str) -> None:
        """Begin the figures anew in all workers; the ledger itself and budgets stay as they are."""
        await self._repository.reset(self._clock.now(), user)

    async def report(self, query: UsageQuery) -> UsageReport:
        """Return sums by day, model, key or user; raises InvalidInputError for days that make no range."""
        first, last = self._days(query)
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        starts = [local_start_of_day(day, self._clock.zone) for day in (*days, last + dt.timedelta(days=1))]
        await self._recorder.flush(FLUSH_SECONDS)
        lines = await self._repository.report(
            Selection(query.by, starts, user=query.user, key=query.key, model=query.model)
        )
        rows = [_row(line, query.by, days) for line in lines]
        if query.by == "day":
            rows.sort(key=lambda row: row.name)
        return UsageReport(
            by=query.by, from_day=first, to_day=last, rows=rows, total=_sum(lines),
            complete_from=await self._repository.complete_from(),
        )  # fmt: skip

    async def _figures(self, period: dt.timedelta) -> Figures:
        await self._recorder.flush(FLUSH_SECONDS)
        return await self._repository.figures(self._clock.now(), period)

    def _uptime(self, since: dt.datetime | None) -> str:
        begin = self._started if since is None else max(self._started, since)
        elapsed = self._clock.now().astimezone(dt.UTC) - begin.astimezone(dt.UTC)
        minutes = max(0, int(elapsed.total_seconds()) // 60)
        return f"{minutes // 60}h {minutes % 60}m"

    def _days(self, query: UsageQuery) -> tuple[dt.date, dt.date]:
        try:
            last = query.last or max(self._clock.now().date(), query.first or dt.date.min)
            first = query.first or last - dt.timedelta(days=USUAL - 1)
            # The day after the last one must be a day too.
            fits = 0 <= (last - first).days < LONGEST and last < dt.date.max
        except OverflowError:
            fits = False
        if not fits:
            raise InvalidInputError(f"from and to: 1 to {LONGEST} days, from the earlier to the later one")
        return first, last


def _row(line: Line, by: Grouping, days: Sequence[dt.date]) -> UsageRow:
    name = days[int(line.name) - 1].isoformat() if by == "day" else line.name
    return UsageRow(name=name, provider=line.provider or None, **_sums([line]))


def _sum(lines: Sequence[Line]) -> UsageSums:
    return UsageSums(**_sums(lines))


def _sums(lines: Sequence[Line]) -> dict[str, int | float | None]:
    attempts = sum(line.attempts for line in lines)
    known = [line.cost for line in lines if line.cost is not None]
    return {
        "requests": sum(line.requests for line in lines), "attempts": attempts,
        "successful": sum(line.ok for line in lines), "failed": sum(line.failed for line in lines),
        "cached": sum(line.cached for line in lines),
        "prompt_tokens": sum(line.prompt_tokens for line in lines),
        "completion_tokens": sum(line.completion_tokens for line in lines),
        "cost_micro_usd": sum(known) if known else None,
        "unpriced_attempts": sum(line.unpriced for line in lines),
        "estimated_attempts": sum(line.estimated for line in lines),
        "avg_response_ms": round(sum(line.ms for line in lines) / attempts, 1) if attempts else 0.0,
    }  # fmt: skip
