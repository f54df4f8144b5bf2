"""Forgetting old usage records a month at a time, without forgetting what they added up to.

A record that is stored only after its month was pruned (its worker's disk came back after more than a year) counts
with the next pruning; one that is stored a second time by then would count twice.
"""

import asyncio
import datetime as dt
import logging
from typing import Final

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError

log = logging.getLogger(__name__)

MONTHS: Final = 13
"""Full months for which single records are kept: a year, and the same month a year ago."""

LOOK_SECONDS: Final = 3600.0
"""Seconds between two looks for records that are old enough."""

LOCK: Final = 0x7A6E64707275
"""The advisory lock by which one worker at a time prunes."""

_FOLD: Final = """
    WITH gone AS (
        DELETE FROM usage_events WHERE "at" >= $1 AND "at" < $2 RETURNING *
    ), dated AS (
        SELECT *, coalesce((SELECT max(r.id) FROM usage_resets r WHERE r."at" < gone."at"), 0) AS reset_id
        FROM gone
    )
    INSERT INTO usage_months AS kept
        ("month", reset_id, user_id, key_id, asked, provider, model, requests, attempts, unpriced, prompt_tokens,
         completion_tokens, cost_micro)
    SELECT $3::date, reset_id, user_id, coalesce(key_id, ''), asked, provider, model,
           count(*) FILTER (WHERE attempt = 1), count(*), count(*) FILTER (WHERE cost_micro IS NULL),
           sum(prompt_tokens), sum(completion_tokens), coalesce(sum(cost_micro), 0)
    FROM dated GROUP BY reset_id, user_id, coalesce(key_id, ''), asked, provider, model
    ORDER BY reset_id, user_id, coalesce(key_id, ''), asked, provider, model
    ON CONFLICT ("month", reset_id, user_id, key_id, asked, provider, model) DO UPDATE SET
        requests = kept.requests + excluded.requests, attempts = kept.attempts + excluded.attempts,
        unpriced = kept.unpriced + excluded.unpriced,
        prompt_tokens = kept.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = kept.completion_tokens + excluded.completion_tokens,
        cost_micro = kept.cost_micro + excluded.cost_micro
"""
_FORGET_RESETS: Final = """
    DELETE FROM usage_resets WHERE "at" < $1 AND id < (SELECT max(id) FROM usage_resets)
"""


async def keep_pruned(database: Database, clock: Clock, months: int = MONTHS) -> None:
    """Prune every hour, for as long as the process lives; a task for an owner."""
    while True:
        try:
            if days := await prune(database, clock.now(), months):
                log.info("usage records of %d days were folded into months", days)
        except OperationalError as error:
            log.info("old usage records stay for now: %s", error)
        await asyncio.sleep(LOOK_SECONDS)


async def prune(database: Database, now: dt.datetime, months: int = MONTHS) -> int:
    """Fold records older than ``months`` full months (UTC) and return of how many days; 0 while another does.

    One day a transaction, so that nothing is held for long. Raises DatabaseUnavailableError.
    """
    before = _months_back(now, months)
    days = 0
    while await _prune_a_day(database, before):
        days += 1
    await database.execute(_FORGET_RESETS, before)
    return days


async def _prune_a_day(database: Database, before: dt.datetime) -> bool:
    async with database.transaction() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return False
        oldest: dt.datetime | None = await connection.fetchval('SELECT min("at") FROM usage_events')
        if oldest is None or oldest >= before:
            return False
        day = oldest.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        await connection.execute(_FOLD, day, day + dt.timedelta(days=1), day.date().replace(day=1))
    return True


def _months_back(now: dt.datetime, months: int) -> dt.datetime:
    at = now.astimezone(dt.UTC)
    index = at.year * 12 + at.month - 1 - months
    return dt.datetime(index // 12, index % 12 + 1, 1, tzinfo=dt.UTC)
