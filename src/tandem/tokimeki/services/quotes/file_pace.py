"""The pace that the workers of one server share. See :mod:`.pace`."""

import asyncio
import fcntl
import logging
import os
import struct
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from tandem.tokimeki.services.quotes.rate import Rate

log = logging.getLogger(__name__)


class FilePace:
    """For the workers of one server: two moments of the machine's monotonic clock in a locked file."""

    _FORM: Final = struct.Struct("<dd")

    def __init__(self, rate: Rate, path: Path) -> None:
        """Use ``path``; made when it is missing."""
        self._rate, self._path = rate, path

    async def take(self) -> float | None:
        """See the protocol; the lock is held for microseconds, and waited for in a thread."""
        try:
            return await asyncio.to_thread(self._take)
        except OSError:
            return None

    async def pause(self, seconds: float) -> None:
        """See the protocol."""
        try:
            await asyncio.to_thread(self._pause, seconds)
        except OSError:
            log.warning("the shared pace cannot be written; this worker alone pauses")

    async def close(self) -> None:
        """See the protocol."""

    def _take(self) -> float:
        with _Locked(self._path) as file:
            arrival, pause = self._read(file)
            wait, arrival = self._rate.place(arrival, pause, time.monotonic())
            os.pwrite(file, self._FORM.pack(arrival, pause), 0)
        return wait

    def _pause(self, seconds: float) -> None:
        with _Locked(self._path) as file:
            arrival, pause = self._read(file)
            os.pwrite(file, self._FORM.pack(arrival, max(pause, time.monotonic() + seconds)), 0)

    def _read(self, file: int) -> tuple[float, float]:
        content = os.pread(file, self._FORM.size, 0)
        if len(content) < self._FORM.size:
            return 0.0, 0.0
        arrival, pause = self._FORM.unpack(content)
        return arrival, pause


class _Locked:
    """An open file that nobody else has locked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> int:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)  # and with it the lock
