"""A user's way to a server that takes connections: join the one that runs, or start its supervisor."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tandem.core.database.embedded_greeting import takes_sessions
from tandem.core.database.embedded_layout import Layout, explained
from tandem.core.database.embedded_locks import FileLock, is_held_alone
from tandem.core.database.embedded_state import ServerState, forget_state, read_state, tail
from tandem.core.database.postgres_binaries import binaries
from tandem.core.errors import EmbeddedDatabaseError

_ANOTHER_RUNS = 3  # exit status of a supervisor that found itself superfluous
_LAUNCHES = 3  # by one user, when a supervisor vanishes without a word
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from {module} import main; sys.exit(main(sys.argv[2]))"
_MODULE = "tandem.core.database.embedded_supervisor"
# What Python and the server need of the environment; a process that outlives its starter keeps no secrets.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "XDG_RUNTIME_DIR", "PYTHONHOME", "LD_LIBRARY_PATH")


def take_user_lock(layout: Layout, deadline: float) -> FileLock:
    """Become a user; waits while a server is being stopped. ``deadline`` is of the monotonic clock."""
    with explained(layout.area):
        lock = FileLock(layout.users_lock)
    while not lock.try_shared():
        if time.monotonic() >= deadline:
            lock.forget()
            raise _too_late(layout)
        time.sleep(0.02)
    return lock


def wait_until_ready(layout: Layout, deadline: float, linger: float) -> ServerState:
    """Return the state of a server that takes connections, starting it if need be; the caller is a user.

    Raises EmbeddedDatabaseError when the start failed or ``deadline`` (monotonic clock) has passed.
    """
    launches = 0
    while True:
        alive = supervisor_lives(layout)
        state = read_state(layout.state)
        if state is not None and alive and state.phase == "ready" and takes_sessions(state.socket_dir):
            return state
        if not alive:
            if launches and state is not None and state.phase == "failed":
                raise EmbeddedDatabaseError(state.error, remedy=state.remedy)
            if launches >= _LAUNCHES:
                raise _vanished(layout)
            launches += _launch_alone(layout, deadline, linger)
        if time.monotonic() >= deadline:
            raise _too_late(layout)
        time.sleep(0.02)


def supervisor_lives(layout: Layout) -> bool:
    """Tell whether a supervisor holds its lock; makes no file."""
    with explained(layout.area):
        return is_held_alone(layout.supervisor_lock)


def _launch_alone(layout: Layout, deadline: float, linger: float) -> bool:
    """Start a supervisor unless another user is doing so or has done so; tell whether we did."""
    with explained(layout.area):
        start = FileLock(layout.start_lock)
        try:
            if not start.try_exclusive() or supervisor_lives(layout):
                return False
            layout.check_room()
            forget_state(layout.state)
            _launch(layout, deadline, linger)
        finally:
            start.release()
    return True


def _launch(layout: Layout, deadline: float, linger: float) -> None:
    config = {"area": str(layout.area), "programs": str(binaries().root), "linger": linger}
    # By path instead of -m: it works also where the package was found through a changed sys.path.
    source_root = Path(__file__).resolve().parents[3]
    boot = _BOOT.format(module=_MODULE)
    mode = f"utf8={sys.flags.utf8_mode}"
    command = [sys.executable, "-S", "-P", "-X", mode, "-c", boot, str(source_root), json.dumps(config)]
    log = os.open(layout.supervisor_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        finished = subprocess.run(  # noqa: S603 (our own module, no shell)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            start_new_session=True,
            timeout=max(1.0, deadline - time.monotonic()),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_late(layout) from None
    finally:
        os.close(log)
    if finished.returncode not in (0, _ANOTHER_RUNS):
        raise _vanished(layout)


def _too_late(layout: Layout) -> EmbeddedDatabaseError:
    state = read_state(layout.state)
    said = f"its supervisor says {state.phase!r}" if state else "its supervisor said nothing"
    return EmbeddedDatabaseError(
        f"The embedded PostgreSQL did not become ready in time: {said}.",
        remedy=f"See {layout.postgres_log} and {layout.supervisor_log}. A server that was started in another "
        "container cannot be shared by TANDEM_HOME: set DATABASE_URL there.",
    )


def _vanished(layout: Layout) -> EmbeddedDatabaseError:
    return EmbeddedDatabaseError(
        f"The supervisor of the embedded PostgreSQL does not stay: {tail(layout.supervisor_log)}",
        remedy=f"See {layout.supervisor_log}, or set DATABASE_URL to a PostgreSQL server.",
    )
