"""What must survive a cancellation: reservations, settlements, records, places, and the answers of others."""

import asyncio

import anyio
import pytest

from tandem.ai.policies.slots import Slots
from tandem.usage.errors import BudgetExceededError
from unit.ai.policies.scripted import Kit, Ledger, Script, Scripted, asked, read, until


def paid(**scripted: object) -> tuple[Kit, Scripted, Ledger]:
    """A gateway over one paid provider, for a user with a budget."""
    client, ledger = Scripted(Script(**scripted)), Ledger()
    return Kit(client, ledger=ledger), client, ledger


async def test_a_leaving_caller_does_not_end_the_answer_of_others():
    """Of three callers who share an answer the first, who began it, leaves: the others get all of it."""
    gate = asyncio.Event()
    kit, client, ledger = paid(gates={1: gate})
    request = asked(temperature=0)
    answers = await asyncio.gather(*(kit.client.open(request) for _ in range(3)))
    assert len(client.asked) == 1
    await answers[0].next()
    await answers[0].close()
    gate.set()
    assert [await read(answer) for answer in answers[1:]] == ["one two three"] * 2
    await kit.gateway.close()
    assert sorted(kit.sink.outcomes) == ["cached", "cached", "ok"]
    assert (ledger.open, ledger.spent) == ({}, 10 + 2 * 3), "who left pays for what he began"
    assert client.live == 0


async def test_a_cancelled_caller_does_not_end_the_wait_of_others():
    """Two of three callers are cancelled before the first piece, one of them the first; the third is answered."""
    gate = asyncio.Event()
    kit, client, _ = paid(gate=gate)
    request = asked(temperature=0)
    tasks = [asyncio.create_task(kit.client.open(request)) for _ in range(3)]
    await until(lambda: client.live == 1 and kit.gateway.cache().shared == 2)
    for task in tasks[:2]:
        task.cancel()
    await asyncio.wait(tasks[:2])
    gate.set()
    assert await read(await tasks[2]) == "one two three"
    assert len(client.asked) == 1


async def test_when_all_who_share_an_answer_left_the_upstream_is_closed():
    """The last one to leave ends it; a later caller gets an answer of his own."""
    gate = asyncio.Event()
    kit, client, ledger = paid(gates={1: gate})
    request = asked(temperature=0)
    first, second = await asyncio.gather(*(kit.client.open(request) for _ in range(2)))
    await first.close()
    assert client.live == 1
    await second.close("shutdown")
    assert client.live == 0
    assert client.closed == ["shutdown"]
    gate.set()
    assert await read(await kit.client.open(request)) == "one two three"
    await kit.gateway.close()
    assert ledger.open == {}
    assert kit.sink.outcomes.count("shutdown") == 1


async def test_cancelling_all_callers_before_the_first_piece_closes_the_upstream():
    """Nobody waits any more, so nothing stays open, and the attempt has its record."""
    kit, client, ledger = paid(gate=asyncio.Event())
    request = asked(temperature=0)
    tasks = [asyncio.create_task(kit.client.open(request)) for _ in range(2)]
    await until(lambda: client.live == 1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await until(lambda: client.live == 0)
    await kit.gateway.close()
    assert kit.sink.outcomes == ["cancelled"]
    assert ledger.open == {}
    assert kit.slots_taken() == 0


async def test_a_reservation_whose_caller_was_cancelled_is_given_back():
    """The caller leaves while the money is being set aside; the ledger had done it already."""
    kit, client, ledger = paid()
    ledger.reserve_gate = asyncio.Event()
    task = asyncio.create_task(kit.client.open(asked()))
    await until(lambda: ledger.open)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ledger.reserve_gate.set()
    await until(lambda: not ledger.open)
    assert (ledger.spent, client.asked, kit.sink.events) == (0, [], [])


async def test_a_settlement_outlives_its_cancelled_caller():
    """A caller who is cancelled while settling is settled all the same, at the real cost."""
    kit, _, ledger = paid()
    ledger.settle_gate = asyncio.Event()
    task = asyncio.create_task(read(await kit.client.open(asked())))
    await until(lambda: kit.sink.events)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ledger.open
    ledger.settle_gate.set()
    await kit.gateway.close()
    assert ledger.settled == [(1, 16)]


async def test_in_a_cancelled_scope_an_answer_is_recorded_released_and_settled():
    """Where every await is cancelled again, as in a web server's scope, closing still does all of its work."""
    gate = asyncio.Event()
    kit, client, ledger = paid(gates={1: gate})
    with anyio.CancelScope() as scope:
        async with await kit.client.open(asked()) as answer:
            await answer.next()
            scope.cancel()
            await answer.next()
    assert scope.cancelled_caught
    assert (kit.sink.outcomes, kit.slots_taken(), client.live) == (["cancelled"], 0, 0)
    await kit.gateway.close()
    assert ledger.open == {}
    assert ledger.spent > 0, "the prompt was read and a piece was written"


async def test_a_caller_cancelled_before_the_first_piece_leaves_nothing_behind():
    """Record, place and money, while the provider thinks."""
    kit, client, ledger = paid(gate=asyncio.Event())
    task = asyncio.create_task(kit.client.open(asked()))
    await until(lambda: client.live == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await kit.gateway.close()
    assert (kit.sink.outcomes, kit.slots_taken(), client.live, ledger.open) == (["cancelled"], 0, 0, {})
    event = kit.sink.events[0]
    assert (event.estimated, event.completion_tokens, event.first_token_ms) == (True, 0, None)
    assert ledger.spent == event.cost > 0


async def test_a_cancelled_waiter_leaves_the_queue_clean():
    """The place that he would have got goes to the next one."""
    slots = Slots(limit=1, queue=2, wait=10)
    assert await slots.take()
    first, second = (asyncio.create_task(slots.take()) for _ in range(2))
    await until(lambda: slots.statistics().waiting == 2)
    first.cancel()
    await asyncio.wait([first])
    assert slots.statistics().waiting == 1
    slots.give_back()
    assert await second
    slots.give_back()
    assert slots.statistics().taken == 0


async def test_a_waiter_cancelled_as_he_gets_his_place_passes_it_on():
    """The place was handed over and the task cancelled in the same instant."""
    slots = Slots(limit=1, queue=2, wait=10)
    assert await slots.take()
    first, second = (asyncio.create_task(slots.take()) for _ in range(2))
    await until(lambda: slots.statistics().waiting == 2)
    slots.give_back()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second
    slots.give_back()
    assert slots.statistics().taken == 0


async def test_parallel_calls_never_reserve_more_than_the_budget_holds():
    """Forty calls at once with money for a few: all that was set aside is settled or given back."""
    client, ledger = Scripted(Script()), Ledger(limit=1_000)
    kit = Kit(client, ledger=ledger)

    async def one() -> str:
        return await read(await kit.client.open(asked(max_tokens=50)))

    results = await asyncio.gather(*(one() for _ in range(40)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BudgetExceededError)]
    assert 0 < len(refused) < 40
    assert len(refused) + results.count("one two three") == 40
    assert ledger.open == {}
    assert ledger.spent == 16 * (40 - len(refused)) <= ledger.limit
    assert ledger.reserved_ever == ledger.spent + ledger.refunded
    assert kit.sink.outcomes.count("budget") == len(refused)
