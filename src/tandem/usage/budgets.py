"""Budgets: money is set aside before a call, and what the call really cost is settled after it.

``reserved = settled + refunded + open`` holds at every moment (:meth:`Budgets.balance`), and no number of parallel
calls in any number of workers reserves more than a budget holds. A call costs more than its budget only if it
costs more than its own reservation; that is counted as ``overrun``.

**Fail modes.** PostgreSQL away: a caller with a budget gets 503 (DatabaseUnavailableError), one without is served;
who has one is told by :class:`~tandem.usage.budget_holders.BudgetHolders`. Free calls are always served. A
settlement that cannot be written waits in memory (10,000 of them) and is tried again; if this process dies first,
the sweep settles it from the ledger.
"""

import asyncio
import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.usage.budget_holders import REFRESH_SECONDS, BudgetHolders
from tandem.usage.budget_records import Account, Balance, Budget, Reservation, Scope
from tandem.usage.budget_store import BudgetStore, NotEnoughError
from tandem.usage.budget_sweep import sweep
from tandem.usage.errors import BudgetExceededError, PriceUnknownError
from tandem.usage.periods import Period

log = logging.getLogger(__name__)

LIFETIME: Final = dt.timedelta(minutes=15)
"""How long a reservation lives; longer than any call. One that is settled later is set right then."""

SWEEP_SECONDS: Final = 30.0
"""Seconds between two sweeps, and from PostgreSQL's return to the first one: spilled records come first."""

MOST_WAITING: Final = 10_000
"""Settlements that wait for PostgreSQL; beyond that the sweep does it."""

CLOSE_SECONDS: Final = 3.0
"""How long closing waits for settlements under way."""


class Budgets:
    """See the module's text. For one event loop; a resource with :meth:`open`, :meth:`close` and :meth:`ping`."""

    def __init__(
        self, database: Database, clock: Clock, directory: Path, *, lifetime: dt.timedelta = LIFETIME,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:  # fmt: skip
        """Keep budgets in ``database``; remember who has one in ``directory`` (``TANDEM_HOME/usage``)."""
        self._database, self._clock = database, clock
        self._lifetime, self._sweep_seconds = lifetime, sweep_seconds
        self._store = BudgetStore(database)
        self._holders = BudgetHolders(self._store, directory / "budget-holders.json")
        self._loop: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: OrderedDict[UUID, tuple[int | None, str]] = OrderedDict()

    async def open(self) -> None:
        """Begin to keep budgets in mind and to sweep; does not fail when PostgreSQL is down."""
        self._loop = asyncio.create_task(self._run(), name="budgets")

    async def close(self) -> None:
        """Wait a little for settlements under way, try once what waits, and stop."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.cancel()
            await asyncio.wait([loop])
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSE_SECONDS)
        with suppress(OperationalError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._settle_waiting()

    async def ping(self) -> None:
        """Raise RuntimeError if nothing sweeps any more."""
        if self._loop is None or self._loop.done():
            raise RuntimeError("budgets are not being swept")

    def exempts(self, account: Account) -> bool:
        """Whether it is known, without asking, that :meth:`reserve` would have nothing to hold."""
        return self._holders.has_none(account)

    async def reserve(self, account: Account, estimate: int | None) -> Reservation | None:
        """Set ``estimate`` aside in every budget of the user and the key, or in none of them.

        ``estimate`` is the most that the call can cost, None if its price is unknown. Returns None when there
        is nothing to hold: the call is free, or the caller has no budget. If the caller leaves meanwhile, what was
        reserved is refunded.

        Raises:
            BudgetExceededError: a budget has not enough left; ``extra`` tells which and how much.
            PriceUnknownError: the caller has a budget and the price is unknown.
            DatabaseUnavailableError, PoolExhaustedError: the caller has a budget and PostgreSQL is away.
            BudgetsUnknownError: PostgreSQL is away and this installation never knew any budgets.
        """
        if estimate is not None and estimate < 0:
            raise ValueError("an estimate is not negative")
        if estimate == 0:
            return None
        holdings = await self._holders.of(account)
        if not holdings:
            return None
        if estimate is None:
            raise PriceUnknownError("the price of this model is unknown, and your budget needs one")
        now = self._clock.now()
        reservation = Reservation(uuid4(), estimate, now.astimezone(dt.UTC) + self._lifetime)
        work = self._store.reserve(
            reservation.id, holdings, estimate, account, now=now, expires_at=reservation.expires_at
        )
        try:
            await self._unbroken(work, reservation)
        except NotEnoughError as error:
            raise _exceeded(error.budget, estimate) from None
        return reservation

    async def settle(self, reservation: Reservation | None, actual: int | None) -> None:
        """End ``reservation`` at what the call really cost; None: nobody knows, so all of it counts.

        Once begun it goes on to its end though the caller be cancelled, so ``await`` it directly instead of
        making a task of it. Never raises for PostgreSQL's sake; may be called twice.
        """
        if actual is not None and actual < 0:
            raise ValueError("a cost is not negative")
        if reservation is not None:
            await asyncio.shield(self._own(self._end(reservation.id, actual, "settled")))

    async def refund(self, reservation: Reservation | None) -> None:
        """End ``reservation`` at no cost; as :meth:`settle`."""
        if reservation is not None:
            await asyncio.shield(self._own(self._end(reservation.id, 0, "refunded")))

    async def put(self, scope: Scope, name: str, limit: int, period: Period) -> None:
        """Set the budget of a user or key to ``limit`` micro-dollars a period; in other workers within 2 s."""
        await self._store.put(scope, name, limit, period, self._clock.now())
        await self._holders.refresh()

    async def delete(self, scope: Scope, name: str, period: Period) -> bool:
        """Remove a budget; tell whether it was there."""
        removed = await self._store.delete(scope, name, period)
        await self._holders.refresh()
        return removed

    async def all(self) -> list[Budget]:
        """Return all budgets as they stand now."""
        return await self._store.read(self._clock.now())

    async def of(self, account: Account) -> list[Budget]:
        """Return the budgets that a call of ``account`` must fit into; raises as :meth:`reserve` does."""
        holdings = await self._holders.of(account)
        return await self._store.read(self._clock.now(), [one.id for one in holdings]) if holdings else []

    async def balance(self) -> Balance:
        """Return the sums over the life of all budgets."""
        return await self._store.balance()

    async def sweep(self) -> int:
        """End expired reservations now and return how many; the task does so every 30 s."""
        return await sweep(self._database, self._clock.now())

    @property
    def waiting(self) -> int:
        """Settlements that wait for PostgreSQL."""
        return len(self._waiting)

    async def _unbroken(self, work: Coroutine[Any, Any, None], reservation: Reservation) -> None:
        """Do ``work`` to its end; if nobody waits for it any more or its end is unknown, refund."""
        task = self._own(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            self._own(self._take_back(task, reservation.id))
            raise
        except OperationalError:
            # A commit whose answer was lost may have happened.
            self._wait_with(reservation.id, 0, "refunded")
            raise

    async def _take_back(self, task: asyncio.Task[None], reservation: UUID) -> None:
        await asyncio.wait([task])
        await self._end(reservation, 0, "refunded")

    async def _end(self, reservation: UUID, actual: int | None, state: str) -> None:
        try:
            await self._store.close(reservation, actual, state)
        except OperationalError as error:
            log.warning("a reservation will be settled later: %s", error)
            self._wait_with(reservation, actual, state)

    def _wait_with(self, reservation: UUID, actual: int | None, state: str) -> None:
        if len(self._waiting) >= MOST_WAITING:
            log.error("a reservation is left to the sweep: too many wait already")
            return
        self._waiting.setdefault(reservation, (actual, state))

    async def _settle_waiting(self) -> None:
        while self._waiting:
            reservation, (actual, state) = next(iter(self._waiting.items()))
            await self._store.close(reservation, actual, state)
            self._waiting.pop(reservation, None)

    def _own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waits gets it raised; when nobody does any more, this is where it is seen.
            log.debug("work on a budget failed: %s", error)

    async def _run(self) -> None:
        time = asyncio.get_running_loop().time
        swept = time()
        while True:
            try:
                await self._holders.refresh()
                await self._settle_waiting()
                if time() - swept >= self._sweep_seconds:
                    await self.sweep()
                    swept = time()
            except OperationalError as error:
                log.debug("budgets are as they were last known: %s", error)
                swept = time()
            except Exception:
                log.exception("budgets could not be looked after")
            await asyncio.sleep(min(REFRESH_SECONDS, self._sweep_seconds))


def _exceeded(budget: Budget, wanted: int) -> BudgetExceededError:
    return BudgetExceededError(
        f"the budget of this {budget.scope} for the {budget.period} has not enough left",
        budget={
            "scope": budget.scope, "period": budget.period, "limit_micro_usd": budget.limit,
            "spent_micro_usd": budget.spent, "reserved_micro_usd": budget.reserved, "wanted_micro_usd": wanted,
            "resets_at": budget.resets_at.isoformat() if budget.resets_at else None,
        },
    )  # fmt: skip
