"""The data directory: made beside its place and moved there when complete, and how a server is run on it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tandem.core.database.embedded_access import HBA, IDENT
from tandem.core.database.embedded_layout import Layout
from tandem.core.database.embedded_state import tail
from tandem.core.database.postgres_binaries import PostgresBinaries
from tandem.core.database.postgres_identity import Identity, first_that_works, reaches
from tandem.core.database.postgres_processes import is_postgres, launch
from tandem.core.errors import EmbeddedDatabaseError

DATABASE = "tandem"
SUPERUSER = "postgres"

_UNFINISHED = "data.unfinished-"

# For a laptop; they go into postgresql.conf, where people may change them. fsync and synchronous_commit keep
# their default, on: what was accepted survives a power cut.
_CHANGEABLE = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

_INITDB = (
    f"--username={SUPERUSER}",
    "--auth=peer",
    "--encoding=UTF8",
    # The built-in provider sorts alike on every machine and needs no locale of the system.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    *(f"--set={name}={value}" for name, value in _CHANGEABLE.items()),
)


def choose_identity(programs: PostgresBinaries, data: Path, owner: int | None) -> Identity:
    """Return as whom a server can run on ``data``; a directory not yet owned (None) is handed over to it."""

    def check(identity: Identity) -> str | None:
        if owner is None:
            try:
                os.chown(data, identity.uid, identity.gid)
            except OSError as error:
                return f"{data} cannot be handed over: {error.strerror}"
        readable = [programs.postgres, programs.initdb, programs.share]
        return reaches(identity, readable, [data])

    return first_that_works(owner, check)


def open_cluster(layout: Layout, programs: PostgresBinaries, go_on: Callable[[], bool]) -> Identity | None:
    """Make the data directory unless it is there, and return as whom to run its server.

    Returns None when ``go_on`` said no before the directory was complete. Raises EmbeddedDatabaseError, OSError.
    """
    for unfinished in layout.area.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    if (layout.data / "PG_VERSION").exists():
        _drop_misleading_pid_file(layout.data)
        return choose_identity(programs, layout.data, layout.data.stat().st_uid)
    fresh = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=layout.area))
    try:
        identity = choose_identity(programs, fresh, None)
        if not _fill(fresh, layout, programs, identity, go_on):
            return None
        fresh.rename(layout.data)
        _sync_directory(layout.area)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return identity


def server_command(layout: Layout, programs: PostgresBinaries, socket_dir: Path) -> list[str]:
    """Return the command of the server; what its safety rests on is fixed here, over postgresql.conf."""
    fixed = {
        "cluster_name": layout.cluster_name,
        "listen_addresses": "",  # nothing is reachable from a network
        "port": "5432",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "hba_file": str(layout.area / HBA),
        "ident_file": str(layout.area / IDENT),
        "log_destination": "stderr",
        "logging_collector": "off",
        # Statements and details would carry people's notes into the log.
        "log_statement": "none",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    settings = [word for name, value in fixed.items() for word in ("-c", f"{name}={value}")]
    return [str(programs.postgres), "-D", str(layout.data), *settings]


def _fill(
    fresh: Path, layout: Layout, programs: PostgresBinaries, who: Identity, go_on: Callable[[], bool]
) -> bool:
    _run([str(programs.initdb), f"--pgdata={fresh}", *_INITDB], layout, who, go_on)
    if not go_on():
        return False
    # A lone backend takes statements from its standard input and opens no socket.
    alone = [str(programs.postgres), "--single", "-D", str(fresh), "-c", "exit_on_error=on", "postgres"]
    _run(alone, layout, who, go_on, feed=f"CREATE DATABASE {DATABASE};\n".encode())
    return go_on()


def _run(
    command: list[str], layout: Layout, who: Identity, go_on: Callable[[], bool], feed: bytes = b""
) -> None:
    """Run one of PostgreSQL's programs to its end, or break it off when ``go_on`` says no."""
    process = launch(command, who, layout.postgres_log, at_parents_end=signal.SIGTERM, feed=feed)
    while go_on():
        with suppress(subprocess.TimeoutExpired):
            if process.wait(0.1) == 0:
                return
            raise EmbeddedDatabaseError(
                f"{Path(command[0]).name} failed: {tail(layout.postgres_log)}.",
                remedy=f"See {layout.postgres_log}; is the disk full? Or set DATABASE_URL to a PostgreSQL server.",
            )
    process.terminate()
    process.wait()


def _drop_misleading_pid_file(data: Path) -> None:
    """Remove a postmaster.pid that is unreadable, or names a living process that is no PostgreSQL.

    PostgreSQL removes the file of a dead process itself, but refuses to start in these two cases, which
    power cuts and containers (small process ids, used again) bring about.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_bytes().split(b"\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        pid_file.unlink()
        return
    if not _is_alive(pid):
        return
    if is_postgres(pid):
        raise EmbeddedDatabaseError(
            f"Another PostgreSQL server (process {pid}) that is not ours runs on {data}.",
            remedy=f"Stop it with `kill -INT {pid}` and try again.",
        )
    pid_file.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
