"""The directory of the embedded PostgreSQL inside TANDEM_HOME, and the checks before anything is started.

Only directories that are missing are made; no existing one has its mode or owner changed.
"""

import errno
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tandem.core.database.postgres_binaries import MAJOR
from tandem.core.database.postgres_identity import owner_name
from tandem.core.errors import EmbeddedDatabaseError

ROOM_FOR_NEW, ROOM_TO_START = 128 << 20, 32 << 20
"""Bytes that must be free: new data take about 45 MiB and 48 MiB of logs; a start a segment or two of 16 MiB."""

_DATABASE_URL = "or set DATABASE_URL to a PostgreSQL server."


@dataclass(frozen=True)
class Layout:
    """Names of everything that belongs to the embedded PostgreSQL of one home."""

    area: Path

    @classmethod
    def of(cls, home: Path) -> "Layout":
        """Return the layout for ``home``, links and ``~`` resolved."""
        return cls(home.expanduser().resolve() / "postgres")

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory; exists only when it is complete."""
        return self.area / "data"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.area / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held by the one process that is starting a supervisor."""
        return self.area / "start.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held exclusively by the supervisor as long as it lives."""
        return self.area / "supervisor.lock"

    @property
    def state(self) -> Path:
        """What the supervisor says about itself and the server."""
        return self.area / "server.json"

    @property
    def supervisor_log(self) -> Path:
        """The supervisor's log."""
        return self.area / "supervisor.log"

    @property
    def postgres_log(self) -> Path:
        """The server's log."""
        return self.area / "postgres.log"

    @property
    def cluster_name(self) -> str:
        """A short name of this very directory, shown in the server's process titles."""
        status = self.area.stat()
        return f"tandem-{status.st_dev:x}-{status.st_ino:x}"

    def prepare(self) -> None:
        """Make what is missing and refuse what cannot work; raises EmbeddedDatabaseError with the remedy."""
        with explained(self.area):
            self._make()
            self._check_owner(self.area)
            check_major(self.data)

    def check_room(self) -> None:
        """Refuse to start a server on a full disk; raises OSError."""
        needed = ROOM_TO_START if self.data.exists() else ROOM_FOR_NEW
        if shutil.disk_usage(self.area).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _make(self) -> None:
        if self.area.is_dir():
            return
        home = self.area.parent
        as_root = os.geteuid() == 0
        home.parent.mkdir(parents=True, exist_ok=True)
        # As root the server runs as `nobody`, who must be able to pass (not list) what lies above its data.
        with suppress(FileExistsError):
            home.mkdir(mode=0o711 if as_root else 0o700)
        with suppress(FileExistsError):
            self.area.mkdir(mode=0o710 if as_root else 0o700)
            if as_root:
                with suppress(KeyError, OSError):
                    os.chown(self.area, -1, pwd.getpwnam("nobody").pw_gid)

    def _check_owner(self, path: Path) -> None:
        owner = path.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedDatabaseError(
                f"The embedded database in {path} belongs to {owner_name(owner)}, "
                f"this process runs as {owner_name(os.geteuid())}.",
                remedy=f"Run as {owner_name(owner)}, choose another TANDEM_HOME, {_DATABASE_URL}",
            )


def check_major(data: Path) -> None:
    """Refuse ``data`` of another major version of PostgreSQL, or that is no database at all; touches nothing.

    A directory that is missing or empty is fine.
    """
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        if data.exists() and any(data.iterdir()):
            raise EmbeddedDatabaseError(
                f"{data} holds files but is no PostgreSQL database.",
                remedy=f"Nothing was touched. Move the directory away, choose another TANDEM_HOME, {_DATABASE_URL}",
            ) from None
        return
    if found != str(MAJOR):
        raise EmbeddedDatabaseError(
            f"The data in {data} were written by PostgreSQL {found}, this release brings PostgreSQL {MAJOR}.",
            remedy=f"Nothing was touched. Write them out with the release that made them (`tandem db dump`), move the "
            f"directory away and read them in with this one (`tandem db restore`), or set DATABASE_URL to a "
            f"PostgreSQL {found} server.",
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError about ``path`` into an EmbeddedDatabaseError that says what to do."""
    try:
        yield
    except OSError as error:
        remedies = {
            errno.ENOSPC: f"Free at least {ROOM_FOR_NEW >> 20} MiB on that disk",
            errno.EDQUOT: "Free some of your quota on that disk",
            errno.EROFS: "Choose a TANDEM_HOME that is not on a read-only file system",
            errno.EACCES: "Choose a TANDEM_HOME in which this user may write",
            errno.EPERM: "Choose a TANDEM_HOME in which this user may write",
        }
        remedy = remedies.get(error.errno or 0, "Choose another TANDEM_HOME")
        raise EmbeddedDatabaseError(
            f"The embedded database cannot be kept in {path}: {error.strerror or error}.",
            remedy=f"{remedy}, {_DATABASE_URL}",
        ) from error
