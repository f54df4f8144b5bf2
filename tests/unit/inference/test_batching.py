"""Batches: nobody's leaving, and no bad item, harms another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tandem.core.errors import DrainingError
from tandem.inference.batching import Batcher, BatchLimits
from tandem.inference.errors import ModelBusyError


class Model:
    """Doubles numbers; -1 is an item that it cannot bear. Each batch waits for ``gate``."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, items: list[int]) -> Sequence[int]:
        self.batches.append(items)
        await self.gate.wait()
        if -1 in items:
            raise ValueError("a bad item")
        return [2 * item for item in items]


@asynccontextmanager
async def batcher_of(model: Model, **limits: float) -> AsyncIterator[Batcher[int, int]]:
    batcher = Batcher[int, int]("doubler", model.run, BatchLimits(**limits))
    await batcher.open()
    try:
        yield batcher
    finally:
        await batcher.close()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_leaving_caller_harms_nobody_in_the_batch() -> None:
    model = Model()
    model.gate.clear()
    async with batcher_of(model, wait=0.001) as batcher:
        callers = [asyncio.create_task(batcher.submit(number)) for number in range(3)]
        while not model.batches:
            await asyncio.sleep(0.001)
        callers[1].cancel()
        await settled()
        model.gate.set()
        assert await asyncio.wait_for(callers[0], 5) == 0
        assert await asyncio.wait_for(callers[2], 5) == 4
        # And the lane lives on.
        assert await asyncio.wait_for(batcher.submit(21), 5) == 42
        await batcher.ping()


async def test_what_nobody_waits_for_is_left_out() -> None:
    model = Model()
    model.gate.clear()
    async with batcher_of(model, wait=0, size=2) as batcher:
        first = asyncio.create_task(batcher.submit(1))
        while not model.batches:
            await asyncio.sleep(0.001)
        waiting = [asyncio.create_task(batcher.submit(number)) for number in (2, 3, 4)]
        await settled()
        waiting[0].cancel()
        await settled()
        model.gate.set()
        assert await first == 2
        assert await waiting[1] == 6
        assert await waiting[2] == 8
        assert model.batches == [[1], [3, 4]]
        assert batcher.statistics().skipped == 1


async def test_one_bad_item_fails_alone() -> None:
    model = Model()
    async with batcher_of(model, wait=0.01) as batcher:
        outcomes = await asyncio.gather(
            *(batcher.submit(number) for number in (1, -1, 3)), return_exceptions=True
        )
        assert outcomes[0] == 2
        assert outcomes[2] == 6
        assert isinstance(outcomes[1], ValueError)


async def test_a_full_queue_says_when_to_come_back() -> None:
    model = Model()
    model.gate.clear()
    async with batcher_of(model, wait=0, size=1, queue=3) as batcher:
        under_way = asyncio.create_task(batcher.submit(0))
        while not model.batches:
            await asyncio.sleep(0.001)
        batcher._pace = 4.0
        queued = asyncio.create_task(batcher.submit_all([1, 2, 3]))
        await settled()
        with pytest.raises(ModelBusyError) as refused:
            await batcher.submit(4)
        # One is under way and three wait, four seconds each.
        assert refused.value.retry_after in (16, 17)
        assert refused.value.status == 503
        model.gate.set()
        assert await under_way == 0
        assert await queued == [2, 4, 6]


async def test_many_items_are_accepted_whole_or_not_at_all() -> None:
    model = Model()
    async with batcher_of(model, queue=4) as batcher:
        with pytest.raises(ModelBusyError):
            await batcher.submit_all(list(range(5)))
        await settled()
        assert model.batches == []
        assert await batcher.submit_all([]) == []


async def test_a_large_request_takes_turns_with_a_small_one() -> None:
    model = Model()
    model.gate.clear()
    async with batcher_of(model, wait=0, size=4) as batcher:
        large = asyncio.create_task(batcher.submit_all(list(range(40))))
        while not model.batches:
            await asyncio.sleep(0.001)
        small = asyncio.create_task(batcher.submit(100))
        await settled()
        model.gate.set()
        assert await small == 200
        assert 100 in model.batches[1]
        assert await large == [2 * number for number in range(40)]


async def test_requests_that_come_together_share_a_batch() -> None:
    model = Model()
    async with batcher_of(model, wait=0.02) as batcher:
        results = await asyncio.gather(*(batcher.submit(number) for number in range(10)))
        assert results == [2 * number for number in range(10)]
        assert len(model.batches) == 1


async def test_a_stop_leaves_nobody_waiting() -> None:
    model = Model()
    model.gate.clear()
    async with batcher_of(model, wait=0, size=1) as batcher:
        callers = [asyncio.create_task(batcher.submit(number)) for number in range(3)]
        while not model.batches:
            await asyncio.sleep(0.001)
    outcomes = await asyncio.wait_for(asyncio.gather(*callers, return_exceptions=True), 5)
    assert all(isinstance(outcome, DrainingError) for outcome in outcomes)


async def test_a_model_that_loses_items_is_a_failure_not_a_wrong_answer() -> None:
    async def short(items: list[int]) -> list[int]:
        return items[:1]

    batcher = Batcher[int, int]("short", short, BatchLimits(wait=0.01))
    await batcher.open()
    # One by one each gets its own.
    assert await asyncio.gather(*(batcher.submit(number) for number in range(3))) == [0, 1, 2]
    await batcher.close()
