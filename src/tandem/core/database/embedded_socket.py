"""The private directory of the server's Unix socket.

A socket's path may have about 100 bytes, TANDEM_HOME may be longer, so the directory lies in /tmp under a
name that follows from the data directory. Others may write to /tmp: a directory there is used only when it is
ours, is no link and is closed to others; a name taken by somebody else is passed over.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tandem.core.errors import EmbeddedDatabaseError

SOCKET = ".s.PGSQL.5432"
_LONGEST = 100  # bytes; sun_path has 104 on macOS and 108 on Linux, with a closing zero
_TRIES = 8


def socket_directory(name: str, uid: int, gid: int) -> Path:
    """Make (mode 0700, owner ``uid``) or take over the directory called ``name``; raises EmbeddedDatabaseError."""
    for candidate in _candidates(name):
        try:
            if _is_ours(candidate, uid, gid):
                return candidate
        except OSError:
            continue
    raise EmbeddedDatabaseError(
        "There is no place for the database's socket: neither /tmp, $XDG_RUNTIME_DIR nor /var/tmp can be used.",
        remedy="Make /tmp writable with the sticky bit set (`chmod 1777 /tmp`), or set DATABASE_URL.",
    )


def remove_socket_directory(directory: Path) -> None:
    """Remove it after the server ended; what cannot be removed is left for the next start."""
    with suppress(OSError):
        clear_socket(directory)
        directory.rmdir()


def clear_socket(directory: Path) -> None:
    """Remove a socket and its lock file that a killed server left behind."""
    for left_behind in (directory / SOCKET, directory / f"{SOCKET}.lock"):
        left_behind.unlink(missing_ok=True)


def _candidates(name: str) -> Iterator[Path]:
    for base in ("/tmp", os.environ.get("XDG_RUNTIME_DIR", ""), "/var/tmp"):  # noqa: S108 (guarded, see above)
        if not base.startswith("/") or "," in base or not _keeps_names_safe(Path(base)):
            continue
        for number in range(_TRIES):
            candidate = Path(base, name if number == 0 else f"{name}-{number}")
            if len(os.fsencode(candidate / SOCKET)) <= _LONGEST:
                yield candidate


def _keeps_names_safe(base: Path) -> bool:
    """Tell whether nobody else can rename what we make in ``base``."""
    try:
        status = base.stat()
    except OSError:
        return False
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    guarded = not shared or status.st_mode & stat.S_ISVTX
    return stat.S_ISDIR(status.st_mode) and status.st_uid in (0, os.geteuid()) and bool(guarded)


def _is_ours(directory: Path, uid: int, gid: int) -> bool:
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077 or status.st_uid not in (uid, os.geteuid()):
        return False
    if status.st_uid != uid:
        os.chown(directory, uid, gid, follow_symlinks=False)
    return True
