"""How late the event loop is, and how long its thread computes: what every request waits for meanwhile."""

import asyncio
from collections.abc import Callable
from time import thread_time

from tandem.core.observability.metrics import Metrics

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds. uvloop's timers count whole milliseconds, so the lowest bucket says "not late"."""


def declare(registry: Metrics) -> Callable[[float], None]:
    """Declare ``tandem_event_loop_lag_seconds`` and return what :func:`watch` has to call."""
    return registry.histogram(
        "tandem_event_loop_lag_seconds", "How much later than asked the event loop woke a sleeper", buckets=BUCKETS
    ).labels().observe  # fmt: skip


def declare_work(registry: Metrics) -> Callable[[float], None]:
    """Declare ``tandem_event_loop_busy_seconds`` and return what :func:`watch_work` has to call."""
    return registry.histogram(
        "tandem_event_loop_busy_seconds", "CPU time of the event loop's thread between two looks at it", buckets=BUCKETS
    ).labels().observe  # fmt: skip


async def watch(observe: Callable[[float], None], *, interval: float = 0.05) -> None:
    """Observe the loop's lag in seconds every ``interval`` seconds until cancelled; run it as an owned task.

    A stall shorter than ``interval`` may fall between two looks; longer ones are always seen. Processors that others use and
    threads that hold the interpreter make a loop late, too.
    """
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        observe(max(0.0, loop.time() - due))


async def watch_work(observe: Callable[[float], None], *, interval: float = 0.05) -> None:
    """Observe what the loop's thread computed, in seconds of CPU, since the last look about ``interval`` seconds ago.

    A callback lies between two looks, so none took more CPU time than what was seen at once; what is seen is the sum of all that lay
    there, so a smaller ``interval`` bounds them better. Waiting, for whatever it be, is not CPU time.
    """
    before = thread_time()
    while True:
        await asyncio.sleep(interval)
        now = thread_time()
        observe(now - before)
        before = now
