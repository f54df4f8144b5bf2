"""How late the event loop is: what every request waits for while something else keeps the thread."""

import asyncio
from collections.abc import Callable

from tandem.core.observability.metrics import Metrics

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds. uvloop's timers count whole milliseconds, so the lowest bucket says "not late"."""


def declare(registry: Metrics) -> Callable[[float], None]:
    """Declare ``tandem_event_loop_lag_seconds`` and return what :func:`watch` has to call."""
    return registry.histogram(
        "tandem_event_loop_lag_seconds", "How much later than asked the event loop woke a sleeper", buckets=BUCKETS
    ).labels().observe  # fmt: skip


async def watch(observe: Callable[[float], None], *, interval: float = 0.05) -> None:
    """Observe the loop's lag in seconds every ``interval`` seconds until cancelled; run it as an owned task.

    A stall shorter than ``interval`` may fall between two looks; longer ones are always seen.
    """
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        observe(max(0.0, loop.time() - due))
