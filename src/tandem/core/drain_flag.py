"""How a serving parent tells its workers that they are about to stop: one byte in a file that all of them have mapped.

Apart from :mod:`tandem.core.drain`, which waits for it, so that the parent stays small.
"""

import mmap
from pathlib import Path

POLL_SECONDS = 0.1
"""How often a worker looks at the flag; a stream thus ends at most this much late."""

STREAM_SECONDS = 3 * POLL_SECONDS
"""How long streams get to see the flag and to say goodbye before the server is told to stop."""

FLAG_NAME = "drain"


class DrainFlag:
    """One byte shared by a serving parent and its workers."""

    def __init__(self, directory: Path) -> None:
        """Map the flag in ``directory``, which must exist; the file is made where it is missing."""
        path = directory / FLAG_NAME
        if not path.exists() or path.stat().st_size < 1:
            path.write_bytes(b"\0")
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 1)

    @property
    def raised(self) -> bool:
        """Whether the server is about to stop."""
        return self._map[0] != 0

    def set(self) -> None:
        """Tell all workers that the server is about to stop."""
        self._map[0] = 1

    def close(self) -> None:
        """Unmap the flag."""
        self._map.close()
