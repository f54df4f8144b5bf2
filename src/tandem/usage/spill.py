"""The spill on disk: a directory per worker, told dead from alive by a file lock.

``<root>/<worker>/lock`` is held (flock) as long as the worker lives, however it ends; beside it lie its segments.
``<root>/.lock`` is held for the moment in which a directory is made or claimed, so that nobody takes a
directory over that is just being born.
"""

import os
import secrets
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.core.database.embedded_locks import FileLock
from tandem.usage.segments import Segment, listed

SEGMENT_BYTES: Final = 4 * 1024**2
"""A segment of this size is closed and the next one begun, so that no file is read back in one long stretch."""

MANY_SECONDS: Final = 5.0
"""How long making or claiming a directory may wait for another process that does the same."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A dead worker's directory that this process has taken over."""

    directory: Path
    lock: FileLock

    def finish(self) -> None:
        """Remove the directory, which holds no segment any more, and let go."""
        _remove(self.directory)
        self.lock.release()


class Spill:
    """This worker's segments and those it has taken over. Not thread-safe but for what says so."""

    def __init__(self, root: Path) -> None:
        """Spill below ``root``; nothing is made before :meth:`open`."""
        self._root = root
        self.directory = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock: FileLock | None = None
        self._active: Segment | None = None
        self._number = 0
        self._closed: deque[Segment] = deque()
        self._claims: list[Claim] = []
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes in this worker's own segments."""
        return self._size

    def open(self) -> None:
        """Make the directory and its lock; blocks for moments; raises OSError."""
        self._take_directory()

    def append(self, line: bytes) -> None:
        """Write ``line`` into the active segment; raises OSError, and then the line is not there."""
        active = self._opened()
        active.append(line)
        self._size += len(line)
        if active.size >= SEGMENT_BYTES:
            self._rotate()

    def try_out(self) -> None:
        """Write a line that says nothing; raises OSError if the disk takes none.

        A directory that somebody deleted is made again.
        """
        if self._lock is None or not self._lock.is_in_place():
            self._take_directory()
        self._opened().append(b"\n", records=0)
        self._size += 1

    def oldest(self) -> tuple[Path, int] | None:
        """Return the segment to store next and how many records this worker put into it, None without any.

        The active one is closed for it when it is the only one: while PostgreSQL is away it goes on growing
        instead of leaving a new file behind each time.
        """
        if not self._closed and self._active is not None and self._active.records:
            self._rotate()
        return (self._closed[0].path, self._closed[0].records) if self._closed else None

    @property
    def has_claims(self) -> bool:
        """Whether what dead workers left is still to be stored."""
        return bool(self._claims)

    def oldest_claimed(self) -> tuple[Path, int] | None:
        """Return as :meth:`oldest` a segment of a dead worker, none of whose records are ours; may run in a thread, one at a time."""
        while self._claims:
            if paths := listed(self._claims[0].directory):
                return paths[0], 0
            self._claims.pop(0).finish()
        return None

    def forget(self, path: Path) -> None:
        """Count the segment that :meth:`oldest` named no more: all of it is stored and its file deleted."""
        if self._closed and self._closed[0].path == path:
            self._size -= self._closed.popleft().size

    def claimable(self) -> list[Claim]:
        """Claim what dead workers left; blocks for moments and may run in a thread; raises OSError."""
        gate = _gate(self._root)
        try:
            return [claim for name in sorted(self._others()) if (claim := _claim(name)) is not None]
        finally:
            gate.release()

    def take(self, claims: list[Claim]) -> None:
        """Store the segments of ``claims`` after our own; not while :meth:`oldest_claimed` runs."""
        self._claims += claims

    def size_of_others(self) -> int:
        """Return the bytes in all other segments below the root; may run in a thread."""
        total = 0
        for directory in self._others():
            for path in listed(directory):
                with suppress(OSError):
                    total += path.stat().st_size
        return total

    def close(self) -> None:
        """Let go of everything; what is not stored yet is left for others to claim."""
        self._rotate()
        for segment in [one for one in self._closed if not one.records]:
            self._closed.remove(segment)
            segment.path.unlink(missing_ok=True)
        if self._lock is not None:
            if not self._closed:
                _remove(self.directory)
            self._lock.release()
            self._lock = None
        for claim in self._claims:
            claim.lock.release()
        self._claims.clear()

    def _take_directory(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        gate = _gate(self._root)
        try:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            if self._lock is not None:
                self._lock.forget()
            self._lock = FileLock(self.directory / "lock")
            self._lock.try_exclusive()
        finally:
            gate.release()

    def _opened(self) -> Segment:
        if self._active is None:
            self._number += 1
            self._active = Segment(self.directory / f"{self._number:08}.jsonl")
        return self._active

    def _rotate(self) -> None:
        active, self._active = self._active, None
        if active is not None:
            active.close()
            self._closed.append(active)

    def _others(self) -> list[Path]:
        try:
            return [path for path in self._root.iterdir() if path.is_dir() and path != self.directory]
        except OSError:
            return []


def _claim(directory: Path) -> Claim | None:
    try:
        lock = FileLock(directory / "lock")
    except OSError:
        return None
    if lock.try_exclusive() and lock.is_in_place():
        return Claim(directory, lock)
    lock.forget()
    return None


def _gate(root: Path) -> FileLock:
    gate = FileLock(root / ".lock")
    if not gate.exclusive_within(MANY_SECONDS):
        gate.forget()
        raise OSError(f"{root} is kept locked by another process")
    return gate


def _remove(directory: Path) -> None:
    with suppress(OSError):
        (directory / "lock").unlink(missing_ok=True)
        directory.rmdir()
