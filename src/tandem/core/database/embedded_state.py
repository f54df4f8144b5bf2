"""What the supervisor tells every user of the server, in one small JSON file."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

Phase = Literal["starting", "ready", "stopping", "failed"]


@dataclass(frozen=True)
class ServerState:
    """A moment of the server's life; believed only while the supervisor's lock is held (or when failed)."""

    phase: Phase
    supervisor_pid: int
    server_pid: int | None = None
    socket_dir: str | None = None
    identity: str = ""
    error: str = ""
    remedy: str = ""

    def write(self, path: Path) -> None:
        """Replace the file at ``path`` as a whole; raises OSError."""
        beside = path.with_name(path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream)
        beside.replace(path)


def read_state(path: Path) -> ServerState | None:
    """Return what was last written to ``path``; None if nothing readable was."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        state = ServerState(**read)
    except (OSError, ValueError, TypeError):
        return None
    return state if state.phase in get_args(Phase) else None


def forget_state(path: Path) -> None:
    """Remove what an earlier supervisor said."""
    with suppress(FileNotFoundError):
        path.unlink()


def tail(path: Path, lines: int = 6, within: int = 8192) -> str:
    """Return the last ``lines`` lines of a log, looking at its last ``within`` bytes at most."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - within))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def bound_log(path: Path, limit: int = 1024 * 1024) -> None:
    """Keep a log that others append to below about ``limit`` bytes, its previous part beside it.

    The file is emptied in place: its writers hold it open for appending.
    """
    with suppress(OSError):
        if path.stat().st_size > limit:
            path.with_name(path.name + ".1").write_bytes(path.read_bytes()[-limit:])
            os.truncate(path, 0)
