"""How a worker learns that its server is about to stop.

The serving parent writes one byte into a file that all workers have mapped (:mod:`tandem.core.drain_flag`); each worker
looks at it ten times a second and sets an event. Streams race against that event and end themselves,
readiness turns 503, and only then does the server get its signal. A worker whose parent offers no flag
(another ASGI server runs the app) is never draining: its server decides alone.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from tandem.core.drain_flag import POLL_SECONDS, DrainFlag


class Drain:
    """The worker's side: an event that streams and loops can wait for."""

    def __init__(self, directory: Path | None) -> None:
        """Watch the flag in ``directory``; None means that nobody will ever raise it."""
        self._directory = directory
        self._event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        """Whether this worker takes no new long work any more."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Return when draining begins."""
        await self._event.wait()

    def begin(self) -> None:
        """Begin draining now."""
        self._event.set()

    async def open(self) -> None:
        """Start to watch the flag."""
        if self._directory is not None:
            self._task = asyncio.create_task(self._watch(DrainFlag(self._directory)), name="drain-watch")

    async def close(self) -> None:
        """Begin draining for whoever still waits, and stop watching."""
        self.begin()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ping(self) -> None:
        """Nothing can be wrong here."""

    async def _watch(self, flag: DrainFlag) -> None:
        parent = os.getppid()
        try:
            while not flag.raised:
                await asyncio.sleep(POLL_SECONDS)
                if os.getppid() != parent:
                    # The server's main process was killed: without it nobody would ever stop this worker.
                    os.kill(os.getpid(), signal.SIGTERM)
                    break
            self.begin()
        finally:
            flag.close()
