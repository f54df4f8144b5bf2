"""Whether anybody uses the server, as the kernel knows it: each user holds a shared lock on one file."""

import time
from pathlib import Path

from tandem.core.database.embedded_locks import FileLock


class UserWatch:
    """The supervisor's view of the users. Times are seconds of the monotonic clock."""

    def __init__(self, path: Path, linger: float) -> None:
        """Watch the lock file ``path``; a server unused for ``linger`` seconds is unwanted."""
        self._lock = FileLock(path)
        self._linger = linger
        self._unused_since: float | None = None
        self._claimed = False

    def is_unwanted(self) -> bool:
        """Tell whether the server should end; from then on nobody can become a user before :meth:`close`."""
        if self._claimed:
            return True
        if not self._lock.is_in_place():
            return True  # the home was removed or replaced: nobody can find this server any more
        if not self._lock.try_exclusive():
            self._unused_since = None
            return False
        now = time.monotonic()
        self._unused_since = self._unused_since if self._unused_since is not None else now
        self._claimed = now - self._unused_since >= self._linger
        if not self._claimed:
            self._lock.unlock()
        return self._claimed

    def close(self) -> None:
        """Let new users in again; the last act of a supervisor."""
        self._lock.release()
