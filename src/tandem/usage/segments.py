"""Spill segments: small append-only files that hold records until PostgreSQL has them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.usage.line import record_in

SUFFIX: Final = ".jsonl"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a segment, and how many lines among them were torn."""

    records: list[bytes]
    torn: int


class Segment:
    """A segment that is being written; one process, one event loop.

    A line is one ``write`` to a file opened for appending. When ``append`` returns, the kernel has the line: it
    outlives the process, killed or not. It is not fsynced, see :mod:`tandem.usage.recorder`.
    """

    def __init__(self, path: Path) -> None:
        """Make ``path``, which must not exist; raises OSError."""
        self.path = path
        self.size = 0
        self.records = 0
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)

    def append(self, line: bytes, records: int = 1) -> None:
        """Write ``line`` whole or not at all; raises OSError (a full disk), after which the file is as before."""
        written = 0
        try:
            # The kernel takes it in one go, but for a disk that fills up right then: the second go says so.
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(line)
        self.records += records

    def close(self) -> None:
        """Write no more."""
        descriptor, self._file = self._file, -1
        if descriptor >= 0:
            os.close(descriptor)


def read(path: Path, most: int) -> Iterator[Batch]:
    """Read the segment ``path`` in batches of at most ``most`` lines; raises OSError."""
    records: list[bytes] = []
    torn = lines = 0
    with path.open("rb") as file:
        for line in file:
            # The last one may lack its newline and still be whole: the sum tells.
            record = record_in(line.rstrip(b"\n"))
            if record is not None:
                records.append(record)
            elif line != b"\n":
                torn += 1
            lines += 1
            if lines == most:
                yield Batch(records, torn)
                records, torn, lines = [], 0, 0
    if lines:
        yield Batch(records, torn)


def listed(directory: Path) -> list[Path]:
    """Return the segments in ``directory``, the oldest first; none if it is gone."""
    try:
        return sorted(path for path in directory.iterdir() if path.suffix == SUFFIX)
    except OSError:
        return []
