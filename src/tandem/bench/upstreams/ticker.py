"""One timer for thousands of things to do: what is due in the same few milliseconds is done in one go."""

import asyncio
from collections.abc import Callable
from typing import Final

TICK: Final = 0.005
"""Seconds by which something may be late."""


class Ticker:
    """Runs plain functions at their time. For the event loop that made it."""

    def __init__(self) -> None:
        """Have nothing to do."""
        self._loop = asyncio.get_running_loop()
        self._slots: dict[int, list[Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0

    def now(self) -> float:
        """Return the loop's clock, in seconds."""
        return self._loop.time()

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Run ``action`` at ``when`` on the loop's clock, never before, up to :data:`TICK` later."""
        slot = int(when / TICK) + 1
        self._slots.setdefault(slot, []).append(action)
        if self._timer is None or slot < self._armed_for:
            self._arm(slot)

    def stop(self) -> None:
        """Forget everything."""
        self._slots.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, slot: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = slot
        self._timer = self._loop.call_at(slot * TICK, self._run)

    def _run(self) -> None:
        self._timer = None
        current = int(self._loop.time() / TICK)
        for slot in sorted(slot for slot in self._slots if slot <= current):
            for action in self._slots.pop(slot):
                action()
        if self._slots and self._timer is None:
            self._arm(min(self._slots))
