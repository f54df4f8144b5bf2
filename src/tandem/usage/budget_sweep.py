"""Ending the reservations of calls that nobody ended: their worker was killed.

What such a call cost is what the ledger says of it (records survive their worker). If the ledger knows nothing, or
not the price, all of the reservation counts as spent: money may be gone, and a budget errs to its own side. Whoever
still settles later sets it right.
"""

import datetime as dt
from typing import Any, Final

from tandem.core.database.pool import Database
from tandem.usage.budget_store import close_row

LOCK: Final = 0x7A6E64737765
"""The advisory lock by which one worker at a time sweeps; ``pg_locks`` shows it."""

MOST: Final = 200
"""Reservations ended in one go."""

KEPT: Final = dt.timedelta(days=7)
"""How long an ended reservation can still be looked at."""

# A record is dated by its attempt; a minute leaves room for workers whose clocks differ.
_EXPIRED: Final = """
    SELECT r.*, spent.attempts, spent.unpriced, spent.cost
    FROM budget_reservations r CROSS JOIN LATERAL (
        SELECT count(*) AS attempts, count(*) FILTER (WHERE cost_micro IS NULL) AS unpriced,
               coalesce(sum(cost_micro), 0)::bigint AS cost
        FROM usage_events e
        WHERE e.user_id = r.user_id AND e.request_id = r.request_id
              AND e.at >= r.created_at - interval '1 minute' AND e.at <= r.expires_at + interval '1 minute'
    ) AS spent
    WHERE r.state = 'open' AND r.expires_at < $1
    ORDER BY r.id, r.budget_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED
"""
_FORGET: Final = """
    DELETE FROM budget_reservations WHERE ctid IN (
        SELECT ctid FROM budget_reservations WHERE state <> 'open' AND expires_at < $1 LIMIT 5000
    )
"""


async def sweep(database: Database, now: dt.datetime) -> int:
    """End what expired before ``now`` and return how many; 0 while another worker sweeps.

    Also deletes reservations that ended long ago. Raises DatabaseUnavailableError or PoolExhaustedError.
    """
    async with database.transaction() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return 0
        rows = await connection.fetch(_EXPIRED, now, MOST)
        for row in sorted(rows, key=lambda one: one["budget_id"]):
            await close_row(connection, row, _cost(row), "swept")
        await connection.execute(_FORGET, now.astimezone(dt.UTC) - KEPT)
    return len(rows)


def _cost(row: Any) -> int:
    amount: int = row["amount_micro"]
    cost: int = row["cost"]
    # Records of one request may belong to several calls (a comparison), so they never make this one dearer.
    return amount if not row["attempts"] or row["unpriced"] else min(amount, cost)
