"""What the ledger says: sums over the records of all workers.

A *request* is one call for one model, counted by its first attempt; retries and fallbacks are further attempts of it.
So a comparison of three models is three requests. An attempt was answered if it ended ``ok`` or ``cached``; one that
its caller or a shutdown ended (``cancelled``, ``shutdown``) neither succeeded nor failed.

Raises DatabaseUnavailableError or PoolExhaustedError when PostgreSQL is out of reach. Sums are of what is stored:
see :class:`~tandem.usage.reports.UsageReports` for what is still under way.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tandem.core.database.pool import Database

Grouping = Literal["day", "model", "asked", "key", "user"]

MOST_NAMES: Final = 100
"""Models told one by one in the totals, the most used first; clients can invent names without end."""

OTHER: Final = "other"
"""What the rest of them is called."""

MOST_ROWS: Final = 1000
"""Rows of one report, the most expensive first."""

_ANSWERED: Final = "outcome IN ('ok', 'cached')"
_LEFT: Final = "outcome IN ('cancelled', 'shutdown')"

_FIGURES: Final = f"""
    WITH last AS (
        SELECT coalesce(max(id), 0) AS id, coalesce(max("at"), '-infinity') AS since FROM usage_resets
    ), models AS (
        SELECT asked, count(*) FILTER (WHERE attempt = 1) AS requests, coalesce(sum(cost_micro), 0) AS cost,
               count(*) FILTER (WHERE cost_micro IS NULL) AS unpriced,
               count(*) FILTER (WHERE attempt = 1 AND "at" > $1) AS hour,
               count(*) FILTER (WHERE attempt = 1 AND "at" > $2) AS day,
               count(*) FILTER (WHERE attempt = 1 AND "at" > $3) AS month,
               count(*) FILTER (WHERE attempt = 1 AND "at" > $4) AS chosen,
               count(*) FILTER (WHERE "at" > $4 AND {_ANSWERED}) AS ok,
               count(*) FILTER (WHERE "at" > $4 AND {_LEFT}) AS stopped,
               coalesce(sum(latency_ms) FILTER (WHERE "at" > $4), 0) AS ms,
               count(*) FILTER (WHERE attempt = 1 AND "at" > $4 AND latency_ms > 0) AS timed
        FROM usage_events, last WHERE "at" > last.since GROUP BY asked
        UNION ALL
        SELECT asked, sum(requests), sum(cost_micro), sum(unpriced), 0, 0, 0, 0, 0, 0, 0, 0
        FROM usage_months, last WHERE reset_id = last.id GROUP BY asked
    ), ranked AS (
        SELECT *, dense_rank() OVER (ORDER BY total DESC, asked) AS place
        FROM (SELECT *, sum(requests) OVER (PARTITION BY asked) AS total FROM models) AS counted
    )
    SELECT CASE WHEN place <= {MOST_NAMES} THEN asked ELSE '{OTHER}' END AS name,
           sum(requests)::bigint AS requests, sum(cost)::bigint AS cost, sum(unpriced)::bigint AS unpriced,
           sum(hour)::bigint AS hour, sum(day)::bigint AS day, sum(month)::bigint AS month,
           sum(chosen)::bigint AS chosen, sum(ok)::bigint AS ok, sum(stopped)::bigint AS stopped,
           sum(ms)::bigint AS ms, sum(timed)::bigint AS timed
    FROM ranked GROUP BY name ORDER BY requests DESC, name
"""  # noqa: S608 - our own text

_GROUPS: Final[dict[Grouping, tuple[str, str]]] = {
    "day": ('width_bucket("at", $3::timestamptz[])::text', "''"),
    "model": ("model", "provider"),
    "asked": ("asked", "''"),
    "key": ("coalesce(key_id, '')", "''"),
    "user": ("user_id", "''"),
}

_REPORT: Final = f"""
    SELECT {{name}} AS name, {{provider}} AS provider, count(*) FILTER (WHERE attempt = 1) AS requests,
           count(*) AS attempts, count(*) FILTER (WHERE {_ANSWERED}) AS ok,
           count(*) FILTER (WHERE NOT {_ANSWERED} AND NOT {_LEFT}) AS failed,
           count(*) FILTER (WHERE outcome = 'cached') AS cached,
           sum(prompt_tokens)::bigint AS prompt, sum(completion_tokens)::bigint AS completion,
           sum(cost_micro)::bigint AS cost, count(*) FILTER (WHERE cost_micro IS NULL) AS unpriced,
           count(*) FILTER (WHERE estimated) AS estimated, sum(latency_ms)::bigint AS ms
    FROM usage_events WHERE "at" >= $1 AND "at" < $2 AND cardinality($3::timestamptz[]) > 0 {{filters}}
    GROUP BY 1, 2 ORDER BY cost DESC NULLS LAST, requests DESC, name LIMIT {MOST_ROWS}
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """Requests and known cost (micro-dollars) of one model since the last reset."""

    name: str
    requests: int
    cost: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of the monitoring page; from ``chosen`` to ``timed`` they are of the chosen period."""

    models: tuple[ModelFigures, ...]
    hour: int
    day: int
    month: int
    unpriced: int
    chosen: int
    ok: int
    stopped: int
    ms: int
    timed: int
    since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a report; ``cost`` is None when no attempt in it has a known price."""

    name: str
    provider: str
    requests: int
    attempts: int
    ok: int
    failed: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    cost: int | None
    unpriced: int
    estimated: int
    ms: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records to report: from the first of ``starts`` up to before the last; each begins a day."""

    by: Grouping
    starts: Sequence[dt.datetime]
    user: str | None = None
    key: str | None = None
    model: str | None = None


class UsageRepository:
    """See the module's text."""

    def __init__(self, database: Database) -> None:
        """Read through ``database``."""
        self._database = database

    async def figures(self, now: dt.datetime, period: dt.timedelta) -> Figures:
        """Return the counts since the last reset; periods roll, ending at ``now``."""
        ends = [dt.timedelta(hours=1), dt.timedelta(hours=24), dt.timedelta(days=30), period]
        # In UTC, for on the days when clocks change 24 hours are not from noon to noon.
        utc = now.astimezone(dt.UTC)
        rows = await self._database.fetch(_FIGURES, *(utc - length for length in ends))
        # A model that a client named like our own heading stands beside it.
        models = tuple(ModelFigures(row["name"], row["requests"], row["cost"]) for row in rows)
        sums = {name: sum(row[name] for row in rows) for name in _SUMMED}
        return Figures(models=models, **sums, since=await self.last_reset())

    async def last_reset(self) -> dt.datetime | None:
        """Return when the figures were last set to zero."""
        found: dt.datetime | None = await self._database.fetchval('SELECT max("at") FROM usage_resets')
        return found

    async def reset(self, now: dt.datetime, user: str) -> None:
        """Begin the figures anew for all workers, as ``user`` wishes; records and budgets stay."""
        await self._database.execute('INSERT INTO usage_resets ("at", user_id) VALUES ($1, $2)', now, user)

    async def report(self, selection: Selection) -> list[Line]:
        """Return sums by ``selection.by``; a day is told by its number in ``starts``, from 1."""
        filters, values = _filters(selection)
        name, provider = _GROUPS[selection.by]
        query = _REPORT.format(name=name, provider=provider, filters=filters)
        rows = await self._database.fetch(
            query, selection.starts[0], selection.starts[-1], list(selection.starts), *values
        )
        return [_line(row) for row in rows]

    async def complete_from(self) -> dt.date | None:
        """Return the first day from which single records are still there, None if none was ever pruned."""
        found: dt.date | None = await self._database.fetchval(
            "SELECT (max(\"month\") + interval '1 month')::date FROM usage_months"
        )
        return found


_SUMMED: Final = ("hour", "day", "month", "unpriced", "chosen", "ok", "stopped", "ms", "timed")


def _filters(selection: Selection) -> tuple[str, list[str]]:
    conditions = {
        "user_id = ${}": selection.user,
        "key_id = ${}": selection.key,
        "(model = ${0} OR asked = ${0})": selection.model,
    }
    texts, values = [], []
    for text, value in conditions.items():
        if value is not None:
            values.append(value)
            texts.append("AND " + text.format(len(values) + 3))
    return " ".join(texts), values


def _line(row: Any) -> Line:
    return Line(
        row["name"], row["provider"], row["requests"], row["attempts"], row["ok"], row["failed"], row["cached"],
        row["prompt"], row["completion"], row["cost"], row["unpriced"], row["estimated"], row["ms"],
    )  # fmt: skip
