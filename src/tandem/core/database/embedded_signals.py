"""Waiting that ends early when a child ends or somebody asks this process to stop."""

import os
import select
import signal
from types import FrameType

_ENDINGS = (signal.SIGTERM, signal.SIGINT)


class SignalWaiter:
    """Turns signals into the end of a wait; one per process, made in its main thread."""

    def __init__(self) -> None:
        """Take over SIGTERM and SIGINT (asked to stop), SIGCHLD (wake up) and SIGHUP (ignored)."""
        self.asked_to_stop = False
        self._wake, sink = os.pipe()
        for end in (self._wake, sink):
            os.set_blocking(end, False)
        for number in (*_ENDINGS, signal.SIGCHLD):
            signal.signal(number, self._note)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.set_wakeup_fd(sink, warn_on_full_buffer=False)

    def wait(self, seconds: float) -> None:
        """Sleep for ``seconds`` or until the next signal."""
        if select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 4096)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = self.asked_to_stop or number in _ENDINGS
