"""Where log lines leave the process, without ever holding up the event loop.

Lines wait in a bounded queue for a thread that this module owns. It gathers what comes in within 50 ms, all of it in a few
steps, because each step is one that the event loop's thread waits for, and writes whole lines; into a pipe at most ``PIPE_BUF`` bytes (4 KiB) at once, which the kernel does not mix with what other
workers write to the same pipe, into a file more.

What is dear to put together may wait unmade (:meth:`LineSink.later`); that thread makes the line, for a batch at once.

Fail modes: a reader that is too slow lets the queue fill; further lines are dropped and counted, and one
line tells how many as soon as there is room. A closed or full output drops and counts too. ``close`` waits a
bounded time for the queue; ``kill -9`` loses what was queued, that is the last 50 ms.
"""

import os
import select
import stat
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final

from tandem.core.observability.forking import call_in_child

PIPE_LINE: Final = select.PIPE_BUF
"""Longest line on a pipe or socket, bytes: what is written in one piece."""
FILE_LINE: Final = 16 * 1024
"""Longest line elsewhere."""
FILE_BATCH: Final = 128 * 1024
"""Bytes written into a file at once: the kernel keeps whole writes of several workers apart."""
QUEUED: Final = 8_192
"""Lines that may wait; as many again may be on their way out."""
LINGER: Final = 0.05
"""Seconds that a line waits for company; a system call per line would cost more than building it."""


class LineSink:
    """Writes lines to a file descriptor from any thread; :meth:`write` neither blocks nor raises."""

    def __init__(
        self, descriptor: int, report: Callable[[int], bytes], *, make: Callable[[Any], bytes] = bytes, queued: int = QUEUED
    ) -> None:  # fmt: skip
        """Write to ``descriptor``, which stays the caller's; ``report(n)`` is the line that tells of n lost ones.

        ``make`` turns what was given to :meth:`later` into a line.
        """
        self.descriptor = descriptor
        self.longest = _longest_line(descriptor)
        self._batch = PIPE_LINE if self.longest == PIPE_LINE else FILE_BATCH
        self.dropped = 0
        """Lines lost so far."""
        self._report, self._make = report, make
        self._queued = queued
        self._reset()
        call_in_child(self._reset)

    def write(self, line: bytes) -> None:
        """Queue one line, which ends in a newline and is at most :attr:`longest` bytes long."""
        self.later(line)

    def later(self, line: "bytes | tuple[Any, ...]") -> None:
        """Queue a line, or what it is to be made of when its turn comes."""
        if len(self._lines) >= self._queued:
            self._lose(1)
            return
        self._lines.append(line)
        if self._idle:
            self._rouse()

    def close(self, timeout: float = 1.0) -> None:
        """Write what is queued, for at most ``timeout`` seconds; a later line starts over."""
        thread = self._thread
        if thread is not None:
            self._closing.set()
            self._wake.set()
            thread.join(timeout)

    def _reset(self) -> None:
        """Begin with no thread and no lines; in a forked child these are its parent's."""
        self._lines: deque[bytes | tuple[Any, ...]] = deque()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        # Whether nobody will look at the queue unless called; a plain word, because each line reads it.
        self._idle = True
        self._told = self.dropped

    def _rouse(self) -> None:
        self._idle = False
        self._wake.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is on its way out
                    self._idle = True
                    self._drain()
                else:
                    self._thread = thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            self._closing.wait(LINGER)
            self._wake.clear()
            # What comes from now on calls again; what came before is taken now.
            self._idle = True
            self._drain()
        self._drain()
        with self._lock:
            self._closing.clear()
            self._thread, self._idle = None, True
        if self._lines:  # came in just now, and saw a thread
            self._start()

    def _drain(self) -> None:
        """Write all that is queued."""
        while waiting := len(self._lines):
            taken = [self._lines.popleft() for _ in range(waiting)]
            lines = [one if isinstance(one, bytes) else self._made(one) for one in taken]
            ends = list(accumulate(map(len, lines)))
            data, first, start = memoryview(b"".join(lines)), 0, 0
            while first < waiting:
                # As many whole lines as may be written at once, and at least one.
                last = max(first + 1, bisect_right(ends, start + self._batch))
                if not self._put(data[start : ends[last - 1]]):
                    self._lose(last - first)
                first, start = last, ends[last - 1]
            self._tell()

    def _made(self, parts: tuple[Any, ...]) -> bytes:
        try:
            return self._make(parts)
        except Exception:  # noqa: BLE001 - one line that cannot be made must not end the log
            self._lose(1)
            return b""

    def _tell(self) -> None:
        lost = self.dropped - self._told
        if lost and len(self._lines) < self._queued // 2 and self._put(self._report(lost)):
            self._told += lost

    def _put(self, data: "bytes | memoryview[int]") -> bool:
        """Write all of ``data``; ``False`` when the output is gone or full."""
        while data:
            try:
                data = data[os.write(self.descriptor, data) :]
            except BlockingIOError:
                # Somebody who shares the terminal or pipe made it non-blocking.
                select.select([], [self.descriptor], [], 1.0)
            except (OSError, ValueError):
                return False
        return True

    def _lose(self, lines: int) -> None:
        with self._lock:
            self.dropped += lines


def _longest_line(descriptor: int) -> int:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return PIPE_LINE
    return PIPE_LINE if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else FILE_LINE
