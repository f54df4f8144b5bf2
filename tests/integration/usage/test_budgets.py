"""Budgets hold whoever spends, and every reservation ends in the books."""

import asyncio
import datetime as dt
import json
import os
import sys
import time
from pathlib import Path

import pytest

from tandem.ai.messages import Asker
from tandem.core.clock import FixedClock
from tandem.core.database import schema
from tandem.core.database.pool import Database
from tandem.core.errors import DatabaseUnavailableError
from tandem.usage import ledger
from tandem.usage.budgets import Budgets
from tandem.usage.errors import BudgetExceededError, BudgetsUnknownError, PriceUnknownError
from tandem.usage.line import encode
from unit.usage.records import NOW, record

TESTS = Path(__file__).parents[2]
EVA = Asker(user="eva", key="k1", endpoint="/chat", request_id="r1")
ADAM = Asker(user="adam", key=None, endpoint="/chat", request_id="r2")
NOBODY_THERE = "postgresql://user:secret@127.0.0.1:9/db"


@pytest.fixture
def clock():
    """Stands still until it is moved."""
    return FixedClock(NOW)


@pytest.fixture
async def budgets(database, clock, tmp_path):
    """Opened, without any budget yet."""
    opened = Budgets(database, clock, tmp_path)
    await opened.open()
    yield opened
    assert (await opened.balance()).holds
    await opened.close()


async def _spent(budgets):
    return {(one.scope, one.period): (one.spent, one.reserved) for one in await budgets.all()}


async def test_what_a_call_costs_is_taken_from_every_budget_of_the_caller(budgets):
    """The user's and the key's; what was reserved too much comes back."""
    await budgets.put("user", "eva", 1000, "day")
    await budgets.put("key", "k1", 5000, "total")
    reservation = await budgets.reserve(EVA, 600)
    assert await _spent(budgets) == {("user", "day"): (0, 600), ("key", "total"): (0, 600)}
    await budgets.settle(reservation, 250)
    assert await _spent(budgets) == {("user", "day"): (250, 0), ("key", "total"): (250, 0)}
    refunded = await budgets.reserve(EVA, 750)
    await budgets.refund(refunded)
    assert await _spent(budgets) == {("user", "day"): (250, 0), ("key", "total"): (250, 0)}
    balance = await budgets.balance()
    assert (balance.reserved, balance.settled, balance.refunded, balance.open) == (2700, 500, 2200, 0)


async def test_all_budgets_hold_or_nothing_is_taken(budgets):
    """The refusal names the one that is short, and when it begins anew."""
    await budgets.put("user", "eva", 1000, "day")
    await budgets.put("key", "k1", 100, "month")
    with pytest.raises(BudgetExceededError) as caught:
        await budgets.reserve(EVA, 101)
    assert caught.value.status == 402
    told = caught.value.extra["budget"]
    assert (told["scope"], told["limit_micro_usd"], told["wanted_micro_usd"]) == ("key", 100, 101)
    assert told["resets_at"] == "2026-04-01T00:00:00+00:00"
    assert await _spent(budgets) == {("user", "day"): (0, 0), ("key", "month"): (0, 0)}
    assert await budgets.reserve(EVA, 100) is not None


async def test_callers_without_a_budget_and_free_calls_are_not_held(budgets, database):
    """And nothing is written for them."""
    await budgets.put("user", "eva", 0, "day")
    assert await budgets.reserve(ADAM, 10**9) is None
    assert await budgets.reserve(ADAM, None) is None
    assert await budgets.reserve(EVA, 0) is None
    await budgets.settle(None, 5)
    await budgets.refund(None)
    with pytest.raises(BudgetExceededError):
        await budgets.reserve(EVA, 1)
    assert await database.fetchval("SELECT count(*) FROM budget_reservations") == 0


async def test_a_price_that_nobody_knows_is_refused_to_a_caller_with_a_budget(budgets):
    """It fails closed; when only the end is unknown, all that was reserved counts."""
    await budgets.put("user", "eva", 1000, "day")
    with pytest.raises(PriceUnknownError):
        await budgets.reserve(EVA, None)
    await budgets.settle(await budgets.reserve(EVA, 300), None)
    assert await _spent(budgets) == {("user", "day"): (300, 0)}


async def test_a_call_that_cost_more_than_was_reserved_is_charged_in_full(budgets):
    """And the books still balance: the rest is told as overrun."""
    await budgets.put("user", "eva", 1000, "day")
    await budgets.settle(await budgets.reserve(EVA, 300), 450)
    assert await _spent(budgets) == {("user", "day"): (450, 0)}
    balance = await budgets.balance()
    assert (balance.settled, balance.refunded, balance.overrun) == (300, 0, 150)


async def test_a_reservation_ends_once(budgets):
    """A second settlement and a refund after it change nothing."""
    await budgets.put("user", "eva", 1000, "day")
    reservation = await budgets.reserve(EVA, 300)
    await budgets.settle(reservation, 100)
    await budgets.settle(reservation, 300)
    await budgets.refund(reservation)
    assert await _spent(budgets) == {("user", "day"): (100, 0)}


async def test_a_new_day_begins_with_nothing_spent(budgets, clock):
    """What is still open holds its place, and is charged to the day in which it was reserved."""
    await budgets.put("user", "eva", 1000, "day")
    await budgets.put("user", "eva", 5000, "total")
    await budgets.settle(await budgets.reserve(EVA, 700), 700)
    late = await budgets.reserve(EVA, 300)
    clock.move(dt.timedelta(hours=12))
    with pytest.raises(BudgetExceededError):
        await budgets.reserve(EVA, 701)
    early = await budgets.reserve(EVA, 700)
    await budgets.settle(late, 300)
    assert await _spent(budgets) == {("user", "day"): (0, 700), ("user", "total"): (1000, 700)}
    await budgets.settle(early, 600)
    assert await _spent(budgets) == {("user", "day"): (600, 0), ("user", "total"): (1600, 0)}


async def test_limits_can_be_changed_and_budgets_removed_under_way(budgets, clock, database, tmp_path):
    """What was spent is kept; a worker that still remembers a removed budget goes on without it."""
    await budgets.put("user", "eva", 1000, "day")
    await budgets.settle(await budgets.reserve(EVA, 900), 900)
    await budgets.put("user", "eva", 2000, "day")
    other = Budgets(database, clock, tmp_path / "other")
    reservation = await other.reserve(EVA, 1100)
    assert reservation is not None
    assert await budgets.delete("user", "eva", "day")
    assert not await budgets.delete("user", "eva", "day")
    assert await budgets.reserve(EVA, 10**6) is None
    assert await other.reserve(EVA, 10**6) is not None
    await other.settle(reservation, 5)
    assert await budgets.all() == []


async def test_parallel_callers_get_no_more_than_there_is(budgets):
    """Exactly as many as fit."""
    await budgets.put("user", "eva", 50, "total")
    await budgets.put("key", "k1", 70, "total")
    outcomes = await asyncio.gather(*(budgets.reserve(EVA, 1) for _ in range(200)), return_exceptions=True)
    granted = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(granted) == 50
    assert all(isinstance(one, BudgetExceededError) for one in outcomes if isinstance(one, BaseException))
    assert await _spent(budgets) == {("user", "total"): (0, 50), ("key", "total"): (0, 50)}
    await asyncio.gather(*(budgets.settle(one, 1) for one in granted))
    assert await _spent(budgets) == {("user", "total"): (50, 0), ("key", "total"): (50, 0)}


@pytest.mark.timeout(90)
async def test_two_workers_never_spend_more_than_the_budget(budgets, database, database_url, tmp_path):
    """200 calls in two processes, room for 50 at once; they end in every way in which calls end."""
    await budgets.put("user", "eva", 50_000, "total")
    await budgets.put("key", "k1", 60_000, "day")
    spenders = [await _spender(database_url, tmp_path, 100) for _ in range(2)]
    for spender in spenders:
        assert await asyncio.wait_for(spender.stdout.readline(), 20) == b"ready\n"
    for spender in spenders:
        spender.stdin.write(b"go\n")
    outputs = [asyncio.create_task(spender.stdout.read()) for spender in spenders]
    while not all(output.done() for output in outputs):
        for spent, reserved in (await _spent(budgets)).values():
            assert spent + reserved <= 50_000
        await asyncio.sleep(0.01)
    calls = [call for output in outputs for call in json.loads(output.result())]
    assert len(calls) == 200
    assert await asyncio.gather(*(spender.wait() for spender in spenders)) == [0, 0]
    costs = sum(call["cost"] for call in calls)
    assert 0 < costs <= 50_000
    assert await _spent(budgets) == {("user", "total"): (costs, 0), ("key", "day"): (costs, 0)}
    balance = await budgets.balance()
    assert balance.holds
    assert (balance.open, balance.settled, balance.overrun) == (0, 2 * costs, 0)
    granted = [call for call in calls if call["kind"] != "refused"]
    assert balance.reserved == 2 * 1000 * len(granted)
    states = await database.fetch("SELECT state, count(*) FROM budget_reservations GROUP BY state")
    assert {row[0] for row in states} <= {"settled", "refunded"}


async def _spender(dsn, home, calls):
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "integration.usage.spender", dsn, str(home), str(calls)]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe)


async def test_a_settlement_goes_on_when_its_caller_is_cancelled(budgets):
    """Whenever that happens after it began."""
    await budgets.put("user", "eva", 10_000, "day")
    for steps in range(12):
        reservation = await budgets.reserve(EVA, 300)
        task = asyncio.create_task(budgets.settle(reservation, 100))
        await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.wait([task])
    await _until(lambda: _is(budgets, (1200, 0)))


async def test_a_caller_who_leaves_while_reserving_holds_nothing(budgets):
    """Whenever that happens: before, during or after the commit."""
    await budgets.put("user", "eva", 10_000, "day")
    for steps in range(12):
        task = asyncio.create_task(budgets.reserve(EVA, 300))
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            await budgets.refund(task.result())
    await _until(lambda: _is(budgets, (0, 0)))


async def _is(budgets, wanted):
    return (await _spent(budgets))["user", "day"] == wanted


async def _until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_what_a_killed_worker_reserved_is_settled_by_the_ledger(budgets, database, clock):
    """At the recorded cost; at all of it when nothing, or no price, was recorded; each only after its time."""
    await budgets.put("user", "eva", 10_000, "total")
    for name in ("known", "unpriced", "unknown"):
        await budgets.reserve(Asker(user="eva", key=None, endpoint="/chat", request_id=name), 1000)
    await ledger.store(
        database,
        [
            encode(record(user="eva", request_id="known", cost=120)),
            encode(record(user="eva", request_id="known", cost=30, attempt=2)),
            encode(record(user="adam", request_id="known", cost=500)),
            encode(record(user="eva", request_id="known", cost=500, at=NOW - dt.timedelta(days=1))),
            encode(record(user="eva", request_id="unpriced", cost=5)),
            encode(record(user="eva", request_id="unpriced", cost=None)),
        ],
    )
    clock.move(dt.timedelta(minutes=14))
    young = await budgets.reserve(EVA, 1000)
    assert await budgets.sweep() == 0
    clock.move(dt.timedelta(minutes=2))
    assert await budgets.sweep() == 3
    assert await budgets.sweep() == 0
    assert await _spent(budgets) == {("user", "total"): (2150, 1000)}
    balance = await budgets.balance()
    assert (balance.settled, balance.refunded, balance.open) == (2150, 850, 1000)
    await budgets.settle(young, 0)


async def test_whoever_settles_after_the_sweep_sets_it_right(budgets, clock):
    """A stream that ran longer than any reservation lives."""
    await budgets.put("user", "eva", 10_000, "total")
    slow = [await budgets.reserve(EVA, 1000) for _ in range(3)]
    clock.move(dt.timedelta(minutes=16))
    assert await budgets.sweep() == 3
    assert await _spent(budgets) == {("user", "total"): (3000, 0)}
    await budgets.settle(slow[0], 400)
    await budgets.settle(slow[1], 1300)
    await budgets.refund(slow[2])
    assert await _spent(budgets) == {("user", "total"): (1700, 0)}
    balance = await budgets.balance()
    assert (balance.settled, balance.refunded, balance.overrun) == (1400, 1600, 300)


async def test_one_worker_at_a_time_sweeps_and_the_task_does_it_alone(database, clock, tmp_path):
    """Two workers' tasks find an orphan and end it once; ended ones are forgotten after a week."""
    workers = [Budgets(database, clock, tmp_path, sweep_seconds=0.05) for _ in range(2)]
    await workers[0].put("user", "eva", 10_000, "total")
    for _ in range(20):
        await workers[0].reserve(EVA, 100)
    clock.move(dt.timedelta(minutes=16))
    for worker in workers:
        await worker.open()

    async def swept():
        return await _spent(workers[0]) == {("user", "total"): (2000, 0)}

    await _until(swept)
    assert (await workers[0].balance()).holds
    clock.move(dt.timedelta(days=8))

    async def forgotten():
        return await database.fetchval("SELECT count(*) FROM budget_reservations") == 0

    await _until(forgotten)
    assert (await workers[0].balance()).holds
    for worker in workers:
        await worker.ping()
        await worker.close()


async def test_a_new_budget_counts_in_other_workers_soon(budgets, database, clock, tmp_path):
    """Without a restart, within a few seconds."""
    other = Budgets(database, clock, tmp_path / "other")
    await other.open()
    assert await other.reserve(EVA, 100) is None
    await budgets.put("user", "eva", 50, "day")

    async def refused():
        try:
            return await other.reserve(EVA, 100) is not None
        except BudgetExceededError:
            return True

    await _until(refused)
    await other.close()


@pytest.mark.timeout(90)
async def test_while_postgres_is_away_only_callers_with_a_budget_are_refused(private_server, clock, tmp_path):
    """Also by a worker that starts meanwhile; what was to be settled is settled when it is back."""
    dsn = private_server.dsn()
    await schema.upgrade(dsn)
    async with Database(dsn, connect_timeout=0.5, command_timeout=2.0) as database:
        budgets = Budgets(database, clock, tmp_path)
        await budgets.open()
        await budgets.put("user", "eva", 1000, "day")
        reservation = await budgets.reserve(EVA, 600)
        private_server.kill()
        fresh = Budgets(database, clock, tmp_path)
        for worker in (budgets, fresh):
            with pytest.raises(DatabaseUnavailableError):
                await worker.reserve(EVA, 100)
            assert await worker.reserve(ADAM, 100) is None
            assert await worker.reserve(EVA, 0) is None
        unknowing = Budgets(database, clock, tmp_path / "never")
        with pytest.raises(BudgetsUnknownError):
            await unknowing.reserve(ADAM, 100)
        assert await unknowing.reserve(ADAM, 0) is None
        await budgets.settle(reservation, 250)
        assert budgets.waiting >= 1
        private_server.start()

        async def settled():
            try:
                return await _spent(budgets) == {("user", "day"): (250, 0)}
            except DatabaseUnavailableError:
                return False

        await _until(settled)
        assert (await budgets.balance()).holds
        await budgets.close()
        assert budgets.waiting == 0


async def test_a_remembered_set_that_cannot_be_read_is_no_set(clock, tmp_path):
    """Nobody is served on a guess."""
    (tmp_path / "budget-holders.json").write_text("{broken")
    async with Database(NOBODY_THERE) as database:
        with pytest.raises(BudgetsUnknownError):
            await Budgets(database, clock, tmp_path).reserve(ADAM, 100)


async def test_senseless_amounts_are_refused(budgets):
    """They are bugs of the caller."""
    with pytest.raises(ValueError, match="negative"):
        await budgets.reserve(EVA, -1)
    with pytest.raises(ValueError, match="negative"):
        await budgets.settle(None, -1)
