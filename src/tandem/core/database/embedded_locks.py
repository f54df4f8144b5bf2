"""Advisory file locks (flock), by which the kernel tells who is alive: they end with their process.

flock belongs to the open file, so a forked child shares its parent's lock until it closes the file; exec
closes it by itself, because Python opens files close-on-exec.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path


class FileLock:
    """One open lock file. Not thread-safe; the owner serialises."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, making it (mode 0600) if it is missing; raises OSError."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_shared(self) -> bool:
        """Hold it together with others; False while somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold it alone; False while anybody else holds it."""
        return self._try(fcntl.LOCK_EX)

    def exclusive_within(self, seconds: float) -> bool:
        """Try for ``seconds`` to hold it alone; a mere look by another process passes quickly."""
        deadline = time.monotonic() + seconds
        while not self.try_exclusive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True

    def unlock(self) -> None:
        """Let go, keeping the file open."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def is_in_place(self) -> bool:
        """Tell whether the path still leads to the file that is locked here."""
        try:
            there = self.path.stat()
        except OSError:
            return False
        here = os.fstat(self._file)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def release(self) -> None:
        """Let go, also on behalf of children that inherited the file, and close it."""
        if self._file >= 0:
            self.unlock()
            self.forget()

    def forget(self) -> None:
        """Close the file without unlocking: what a forked child does with its parent's lock."""
        descriptor, self._file = self._file, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_held_alone(path: Path) -> bool:
    """Tell whether some process holds ``path`` exclusively; makes no file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holders(path: Path) -> tuple[int, ...] | None:
    """Return the ids of the processes that hold ``path``, from /proc/locks; None where that cannot be told."""
    try:
        inode = str(path.stat().st_ino)
        lines = Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    rows = [line.split() for line in lines]
    # "7: FLOCK ADVISORY READ 4711 fd:00:1234 0 EOF"; "->" in the second column marks one that only waits.
    return tuple(
        sorted({int(row[4]) for row in rows if row[1] == "FLOCK" and row[5].split(":")[-1] == inode})
    )
