"""Computations take turns."""

import asyncio

from tandem.core.turns import Turns


async def _rounds(turns: Turns, callers: int) -> list[int]:
    """Return in which round of the loop each caller computed."""
    loop, number, done = asyncio.get_running_loop(), 0, list[int]()

    def count() -> None:
        nonlocal number
        number += 1
        if len(done) < callers:
            loop.call_soon(count)

    async def compute() -> None:
        await turns.mine()
        done.append(number)

    loop.call_soon(count)
    await asyncio.gather(*(compute() for _ in range(callers)))
    return done


async def test_one_computation_begins_per_round_and_others_go_between() -> None:
    rounds = await _rounds(Turns(), 6)
    assert len(set(rounds)) == 6
    assert rounds == sorted(rounds)


async def test_a_single_caller_does_not_wait() -> None:
    turns = Turns()
    waiter = turns.mine()
    try:
        waiter.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")


async def test_who_leaves_the_queue_costs_the_others_nothing() -> None:
    turns, order = Turns(), list[int]()

    async def compute(number: int) -> None:
        await turns.mine()
        order.append(number)

    tasks = [asyncio.create_task(compute(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert len(turns) == 4
    tasks[1].cancel()
    tasks[3].cancel()
    await asyncio.wait(tasks)
    assert order == [0, 2, 4]
    assert len(turns) == 0


async def test_it_can_be_used_again_after_everybody_has_had_a_turn() -> None:
    turns = Turns()
    assert len(await _rounds(turns, 3)) == 3
    await asyncio.sleep(0)
    assert len(set(await _rounds(turns, 3))) == 3
