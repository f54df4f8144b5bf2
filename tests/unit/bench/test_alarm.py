"""Waking up at a moment."""

import asyncio
import statistics
import sys
from time import perf_counter

import pytest
import uvloop

from tandem.bench.load.alarm import Alarm


async def lateness(tries: int) -> list[float]:
    late = []
    with Alarm() as alarm:
        for number in range(tries):
            moment = perf_counter() + 0.002 + number * 0.00013
            await alarm.at(moment)
            late.append(perf_counter() - moment)
    return late


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nobody_is_woken_early(loop: object) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        assert min(runner.run(lateness(20))) >= 0


@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="needs the timers of Linux")
def test_half_of_all_wakes_are_more_exact_than_a_millisecond() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert statistics.median(runner.run(lateness(41))) < 0.0005


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    with Alarm() as alarm:
        async with asyncio.timeout(1):
            await alarm.at(perf_counter() - 5)


async def test_a_wait_that_is_cancelled_does_not_ring_for_the_next() -> None:
    with Alarm() as alarm:
        waiting = asyncio.create_task(alarm.at(perf_counter() + 0.01))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        moment = perf_counter() + 0.05
        await alarm.at(moment)
        assert perf_counter() >= moment
