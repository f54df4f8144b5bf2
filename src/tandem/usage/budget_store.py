"""Budgets in PostgreSQL.

Each budget is one row, and money leaves it by one conditional UPDATE: two callers can never both get the last
cent, in however many processes. Rows are always taken in the order of their ids, reservations before budgets.
All methods raise DatabaseUnavailableError or PoolExhaustedError when PostgreSQL is out of reach.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from tandem.core.database.pool import Database, DatabaseConnection
from tandem.usage.budget_records import Account, Balance, Budget, Holding, Scope
from tandem.usage.periods import Period, end_of, start_of

MOST_HOLDINGS: Final = 100_000
"""Budgets that a worker keeps in mind."""

# What was spent in the period that begins at {start}: nothing yet if the row still tells of an earlier one.
_SPENT: Final = "CASE WHEN period_start < {start} THEN 0 ELSE spent_micro END"

_RESERVE: Final = f"""
    WITH held AS (
        UPDATE budgets SET
            spent_micro = {_SPENT.format(start="$3")}, period_start = greatest(period_start, $3),
            reserved_micro = reserved_micro + $2, reserved_total = reserved_total + $2
        WHERE id = $1 AND {_SPENT.format(start="$3")} + reserved_micro + $2 <= limit_micro
        RETURNING id, period_start
    )
    INSERT INTO budget_reservations
        (id, budget_id, user_id, request_id, amount_micro, period_start, created_at, expires_at)
    SELECT $4::uuid, id, $5, $6, $2, period_start, $7, $8 FROM held RETURNING budget_id
"""  # noqa: S608 - our own text

# $1 budget, $2.. what changes: open, settled, refunded, overrun; $6 the period that the money was reserved in.
# An earlier period than the budget's is over: what it spent is counted in the totals alone.
_MOVE: Final = """
    UPDATE budgets SET
        reserved_micro = reserved_micro - $2, settled_total = settled_total + $3,
        refunded_total = refunded_total + $4, overrun_total = overrun_total + $5,
        spent_micro = CASE WHEN period_start = $6 THEN greatest(0, spent_micro + $3 + $5) ELSE spent_micro END
    WHERE id = $1
"""
_CLOSE: Final = """
    UPDATE budget_reservations SET state = $3, settled_micro = $4, refunded_micro = $5, overrun_micro = $6
    WHERE id = $1 AND budget_id = $2
"""
_COLUMNS: Final = "id, scope, name, period, limit_micro, reserved_micro, period_start, spent_micro"


class NotEnoughError(Exception):
    """``budget`` cannot cover what is to be reserved."""

    def __init__(self, budget: Budget) -> None:
        """Name the budget."""
        super().__init__(budget.id)
        self.budget = budget


class BudgetStore:
    """See the module's text."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def put(self, scope: Scope, name: str, limit: int, period: Period, now: dt.datetime) -> None:
        """Set a budget; one that exists keeps what was spent and gets the new limit."""
        await self._database.execute(
            "INSERT INTO budgets (scope, name, limit_micro, period, period_start) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (scope, name, period) DO UPDATE SET limit_micro = excluded.limit_micro",
            scope, name, limit, period, start_of(period, now),
        )  # fmt: skip

    async def delete(self, scope: Scope, name: str, period: Period) -> bool:
        """Remove a budget and its reservations; tell whether it was there."""
        status = await self._database.execute(
            "DELETE FROM budgets WHERE scope = $1 AND name = $2 AND period = $3", scope, name, period
        )
        return status != "DELETE 0"

    async def holdings(self) -> list[Holding]:
        """Return which budgets exist."""
        rows = await self._database.fetch(
            f"SELECT id, scope, name, period FROM budgets ORDER BY id LIMIT {MOST_HOLDINGS}"  # noqa: S608
        )
        return [Holding(*row) for row in rows]

    async def read(self, now: dt.datetime, ids: Sequence[int] | None = None) -> list[Budget]:
        """Return the budgets (those of ``ids``) as they stand at ``now``."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM budgets "  # noqa: S608
            "WHERE $1::bigint[] IS NULL OR id = ANY($1) ORDER BY scope, name, period",
            ids,
        )
        return [_budget(row, now) for row in rows]

    async def reserve(  # noqa: PLR0913 - one reservation and all that belongs to it
        self, reservation: UUID, holdings: Sequence[Holding], amount: int, account: Account, *,
        now: dt.datetime, expires_at: dt.datetime,
    ) -> None:  # fmt: skip
        """Set ``amount`` aside in all of ``holdings``, or in none and raise NotEnoughError.

        A budget that was deleted meanwhile is no obstacle.
        """
        async with self._database.transaction() as connection:
            for holding in sorted(holdings, key=lambda one: one.id):
                held = await connection.fetchval(
                    _RESERVE, holding.id, amount, start_of(holding.period, now), reservation, account.user,
                    account.request_id, now, expires_at,
                )  # fmt: skip
                if held is None and (short := await _look(connection, holding.id, now)) is not None:
                    raise NotEnoughError(short)

    async def close(self, reservation: UUID, actual: int | None, state: str) -> bool:
        """End a reservation at ``actual`` (None: all of it); one that was swept before is set right.

        False if there is nothing to end: it was ended already, or its budgets are gone.
        """
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT * FROM budget_reservations WHERE id = $1 AND state IN ('open', 'swept') "
                "ORDER BY budget_id FOR UPDATE",
                reservation,
            )
            for row in rows:
                await close_row(connection, row, row["amount_micro"] if actual is None else actual, state)
        return bool(rows)

    async def balance(self) -> Balance:
        """Return the sums over the life of all budgets that exist, of one moment."""
        row = await self._database.fetchrow(
            "SELECT coalesce(sum(reserved_total), 0)::bigint, coalesce(sum(settled_total), 0)::bigint, "
            "coalesce(sum(refunded_total), 0)::bigint, coalesce(sum(reserved_micro), 0)::bigint, "
            "coalesce(sum(overrun_total), 0)::bigint FROM budgets"
        )
        return Balance(*row)


async def close_row(connection: DatabaseConnection, row: Any, actual: int, state: str) -> None:
    """End the reservation ``row`` (locked by the caller's transaction) of one budget at ``actual``."""
    amount = row["amount_micro"]
    settled, overrun = min(amount, actual), max(0, actual - amount)
    refunded = amount - settled
    await connection.execute(
        _MOVE, row["budget_id"], amount if row["state"] == "open" else 0, settled - row["settled_micro"],
        refunded - row["refunded_micro"], overrun - row["overrun_micro"], row["period_start"],
    )  # fmt: skip
    await connection.execute(_CLOSE, row["id"], row["budget_id"], state, settled, refunded, overrun)


async def _look(connection: DatabaseConnection, budget: int, now: dt.datetime) -> Budget | None:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM budgets WHERE id = $1", budget)  # noqa: S608
    return None if row is None else _budget(row, now)


def _budget(row: Any, now: dt.datetime) -> Budget:
    period: Period = row["period"]
    spent = 0 if row["period_start"] < start_of(period, now) else row["spent_micro"]
    return Budget(
        row["id"], row["scope"], row["name"], period, row["limit_micro"], spent, row["reserved_micro"],
        end_of(period, now),
    )  # fmt: skip
