"""A log file that cannot grow without bound."""

from pathlib import Path
from typing import IO, Final

LIMIT: Final = 10 * 1024 * 1024
"""Bytes after which a log is moved aside; one older file is kept."""


class RotatingLog:
    """Copies what a service prints into a file, and keeps one older file beside it."""

    def __init__(self, path: Path) -> None:
        """Write to ``path``; its directory is made."""
        self.path = path
        self._file: IO[bytes] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)

    def follow(self, source: IO[bytes]) -> None:
        """Copy ``source`` to its end.

        Fail mode: when the file cannot be written (a full disk) lines are dropped, so that the service never
        waits for its log.
        """
        for line in source:
            try:
                if self._file is None or self._file.tell() > LIMIT:
                    self._rotate()
                if self._file is not None:
                    self._file.write(line)
            except OSError:
                continue

    def _rotate(self) -> None:
        if self._file is not None:
            self._file.close()
            self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("ab", buffering=0)
