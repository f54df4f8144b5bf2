"""A bound on how long a block may take, for code that is paid with every request.

As :func:`asyncio.timeout`, and a third of its cost: a plain ``with``, so nothing is awaited on the way in and out, and one
timer that is never set anew.
"""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Cancels the task inside the block when the time is up, and turns that into a TimeoutError at the block's end.

    A task that somebody else cancels as well stays cancelled. For one task, once.
    """

    __slots__ = ("_cancelling", "_seconds", "_task", "_timer", "expired")

    def __init__(self, seconds: float) -> None:
        """Allow ``seconds`` from the begin of the block."""
        self._seconds = seconds
        self.expired = False
        """Whether the time was up before the block had ended."""

    def __enter__(self) -> Self:
        """Begin; raises RuntimeError outside of a task."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline belongs to a task")
        self._task, self._cancelling = task, task.cancelling()
        self._timer = loop.call_later(max(0.0, self._seconds), self._expire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; raises TimeoutError in place of our own cancellation."""
        self._timer.cancel()
        if self.expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self.expired = True
        self._task.cancel()


def deadline(seconds: float) -> Deadline:
    """Return a bound of ``seconds`` (0 or less: already up) for ``with``."""
    return Deadline(seconds)
