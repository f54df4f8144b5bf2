"""The memory in which one worker counts, laid out so that its siblings can read it at any moment.

One file per worker, mapped into memory, of fixed size::

    offset 0      magic (8 bytes), number of slots, bytes of names (two 64 bit integers), padding to 64
    offset 64     slots: float64 each, in the machine's byte order
    then          names: JSON lines, appended, zero bytes up to the end

* The owner alone writes. A value is one 8-byte aligned store, which x86-64 and arm64 do not tear; a reader
  sees the old value or the new one.
* A line counts for readers once it ends in a newline and holds no zero byte, so a line that is half
  written, or half visible to another core, does not exist yet. No length has to be kept in step.
* The kernel owns the pages: ``kill -9`` loses nothing that was counted.
* All blocks are reserved when the file is made; a full disk is an ``OSError`` then and not a ``SIGBUS`` later.
* The owner holds an exclusive ``flock`` for its whole life. A file without one belongs to a dead worker;
  process ids, which are used again, are never asked.
"""

import contextlib
import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

SLOTS: Final = 16_384
"""Values per worker (128 KiB): about 1,000 histogram series, or any mixture of that size."""
NAMES: Final = 512 * 1024
"""Bytes for names and label sets per worker: about 8,000 series."""
SUFFIX: Final = ".metrics"

_MAGIC = b"TANDEM01"
_HEADER = struct.Struct("=8sQQ")
_VALUES_AT = 64
_MODE = 0o600


class Area:
    """Slots to count in and a list of what they mean. One writer; see :class:`AreaFile` for the shared kind."""

    def __init__(self, buffer: memoryview, slots: int, names: int) -> None:
        """Lay the area over ``buffer``, which must be zeroed and large enough."""
        end = _VALUES_AT + 8 * slots
        self.values: memoryview[float] = buffer[_VALUES_AT:end].cast("d")
        self._names = buffer[end : end + names]
        self._next_slot = 0
        self._next_name = 0

    @classmethod
    def anonymous(cls, slots: int = SLOTS, names: int = NAMES) -> "Area":
        """Return an area in this process's own memory, which nobody else can read."""
        return cls(memoryview(bytearray(_VALUES_AT + 8 * slots + names)), slots, names)

    @property
    def free_slots(self) -> int:
        """How many values can still be given out."""
        return len(self.values) - self._next_slot

    def reserve(self, width: int) -> int | None:
        """Give out ``width`` zeroed neighbouring slots; ``None`` when the area is full."""
        if width > self.free_slots:
            return None
        slot = self._next_slot
        self._next_slot += width
        return slot

    def append(self, record: object) -> bool:
        """Publish one JSON ``record``; ``False`` when there is no room."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        end = self._next_name + len(line)
        if end > len(self._names):
            return False
        self._names[self._next_name : end] = line
        self._next_name = end
        return True

    def content(self) -> "AreaContent":
        """Return what was counted here so far."""
        values = list(self.values[: self._next_slot])
        return AreaContent(values, _records(bytes(self._names[: self._next_name])), alive=True)

    def close(self) -> None:
        """Give the area up; an anonymous one needs nothing."""

    def abandon(self) -> None:
        """Give the area up in a forked child."""


class AreaFile(Area):
    """An area in a file of ``directory``, locked for as long as this process lives."""

    def __init__(self, directory: Path, stem: str, slots: int = SLOTS, names: int = NAMES) -> None:
        """Create ``<stem>.metrics``, which must not exist; raises OSError when the disk is full."""
        size = _VALUES_AT + 8 * slots + names
        self.path = directory / f"{stem}{SUFFIX}"
        hidden = directory / f".{stem}{SUFFIX}.new"
        self._descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
        try:
            _allocate(self._descriptor, size)
            os.pwrite(self._descriptor, _HEADER.pack(_MAGIC, slots, names), 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Siblings may see the file only once it is locked: they take an unlocked one for a dead worker's.
            hidden.rename(self.path)
        except OSError:
            os.close(self._descriptor)
            hidden.unlink(missing_ok=True)
            raise
        super().__init__(memoryview(mmap.mmap(self._descriptor, size)), slots, names)

    def close(self) -> None:
        """Let go of the lock: from now on siblings count this worker among the dead, and keep its counts."""
        if self._descriptor >= 0:
            # Closing is not enough: the mapping has a descriptor of its own, and the lock belongs to both.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.abandon()

    def abandon(self) -> None:
        """Leave file and lock to the process that this one was forked from."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True)
class AreaContent:
    """What a sibling reads from a file: all values, and the records published so far."""

    values: list[float]
    records: list[Any]
    alive: bool


def read_area(path: Path) -> AreaContent | None:
    """Read another worker's file; ``None`` when it is not one of this version. Raises OSError if it is gone."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Asked first: whoever is dead now has written everything that is read below.
        alive = _is_locked(descriptor)
        size = os.fstat(descriptor).st_size
        if size < _VALUES_AT:
            return None
        with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as mapped:
            return _content(mapped, size, alive=alive)
    finally:
        os.close(descriptor)


def _content(mapped: mmap.mmap, size: int, *, alive: bool) -> AreaContent | None:
    magic, slots, names = _HEADER.unpack_from(mapped)
    names_at = _VALUES_AT + 8 * slots
    if magic != _MAGIC or size != names_at + names:
        return None
    # Names before values: a series that is listed has its values, while the reverse need not hold.
    records = _records(mapped[names_at : _end_of_names(mapped, names_at, size)])
    with memoryview(mapped) as whole, whole[_VALUES_AT:names_at] as raw, raw.cast("d") as values:
        copied: list[float] = list(values)
    return AreaContent(copied, records, alive)


def _records(lines: bytes) -> list[Any]:
    return [orjson.loads(line) for line in lines.splitlines()]


def _end_of_names(mapped: mmap.mmap, start: int, size: int) -> int:
    zero = mapped.find(b"\0", start)
    newline = mapped.rfind(b"\n", start, zero if zero >= 0 else size)
    return newline + 1 if newline >= 0 else start


def _allocate(descriptor: int, size: int) -> None:
    os.ftruncate(descriptor, size)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
