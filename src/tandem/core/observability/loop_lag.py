"""How late the event loop is, and how long its thread computes: what every request waits for meanwhile."""

import asyncio
from collections.abc import Callable
from time import thread_time

from tandem.core.observability.metrics import Metrics

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds. uvloop's timers count whole milliseconds, so the lowest bucket says "not late"."""


def declare(registry: Metrics) -> Callable[[float, float], None]:
    """Declare the metrics of the loop and return what :func:`watch` has to call, with seconds late and seconds of CPU."""
    late = registry.histogram(
        "tandem_event_loop_lag_seconds", "How much later than asked the event loop woke a sleeper", buckets=BUCKETS
    ).labels()  # fmt: skip
    busy = registry.histogram(
        "tandem_event_loop_busy_seconds", "CPU time of the event loop's thread between two looks at it", buckets=BUCKETS
    ).labels()  # fmt: skip

    def observe(lag: float, computed: float) -> None:
        late.observe(lag)
        busy.observe(computed)

    return observe


async def watch(observe: Callable[[float, float], None], *, interval: float = 0.05) -> None:
    """Observe the loop every ``interval`` seconds until cancelled; run it as an owned task.

    Observed are how late the look is and what the thread computed since the last one, in seconds. Lateness also comes of
    processors that others use; what was computed is the loop's own. A callback is never in the middle of a look, so
    that none took more CPU time than the largest amount seen; how much less it took, a smaller ``interval`` tells better. A stall
    shorter than ``interval`` may not be late for any look; longer ones are always seen.
    """
    loop, before = asyncio.get_running_loop(), thread_time()
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        now = thread_time()
        observe(max(0.0, loop.time() - due), now - before)
        before = now
