"""Watches how long somebody waits for the next piece of an answer, with one timer instead of one per piece."""

import asyncio
from collections.abc import Callable

from tandem.core.http.errors import Phase


class Patience:
    """Calls ``run_out`` once with what was waited for in vain.

    Only time in which somebody waits counts as silence: a reader who is slow himself is no fault of the other side.
    The deadline counts always. To be used from the loop that made it; :meth:`end` must be called.
    """

    def __init__(self, idle: float, deadline: float, run_out: Callable[[Phase], None]) -> None:
        """Watch for ``idle`` seconds of silence and until ``deadline`` on the loop's own clock."""
        self._loop = asyncio.get_running_loop()
        self._idle, self._deadline = idle, deadline
        self._run_out = run_out
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._arm(self._loop.time() + idle)

    def wait(self, *, silence_counts: bool = True) -> None:
        """Somebody begins to wait; without ``silence_counts`` only the deadline ends the wait."""
        self._since = self._loop.time() if silence_counts else None

    def got(self) -> None:
        """The wait is over."""
        self._since = None

    def end(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, at: float) -> None:
        # Set only every `idle` seconds and not at each piece: a timer costs more than reading the piece.
        self._timer = self._loop.call_at(min(at, self._deadline), self._look)

    def _look(self) -> None:
        now = self._loop.time()
        if now >= self._deadline:
            self._run_out("total")
        elif self._since is not None and now - self._since >= self._idle:
            self._run_out("idle")
        else:
            self._arm((now if self._since is None else self._since) + self._idle)
