"""The detached process that runs PostgreSQL while somebody uses it, and only then.

It is started by the first user, belongs to none of them, and is alone by a lock. The kernel tells it who is
alive (see embedded_users) and ends PostgreSQL when the supervisor itself is killed. It reads the monotonic
clock directly: its waits are those of real processes, nothing here depends on the time of day.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tandem.core.database.embedded_access import write_access_rules
from tandem.core.database.embedded_layout import Layout, check_major, explained
from tandem.core.database.embedded_locks import FileLock
from tandem.core.database.embedded_signals import SignalWaiter
from tandem.core.database.embedded_socket import clear_socket, remove_socket_directory, socket_directory
from tandem.core.database.embedded_state import Phase, ServerState, bound_log, forget_state, tail
from tandem.core.database.embedded_users import UserWatch
from tandem.core.database.postgres_binaries import PostgresBinaries
from tandem.core.database.postgres_cluster import open_cluster, server_command
from tandem.core.database.postgres_identity import Identity
from tandem.core.database.postgres_processes import end, end_left_behind, is_ready, launch
from tandem.core.errors import EmbeddedDatabaseError

ANOTHER_RUNS = 3
"""Exit status when another supervisor holds the lock."""

_log = logging.getLogger("tandem.database.supervisor")

_FAILURES_AT_FIRST, _FAILURES_LATER = 3, 8  # in a row; the later ones take 20 s with their pauses
_HEALTHY_AFTER = 30.0  # seconds of service after which earlier failures are forgotten
_EAGERNESS, _PATIENCE = 0.03, 0.5  # seconds between looks at a starting and, at most, at a ready server


class Supervisor:
    """Runs one server from its first user to its last."""

    def __init__(self, layout: Layout, programs: PostgresBinaries, linger: float) -> None:
        """Prepare to run ``programs`` on ``layout`` until unused for ``linger`` seconds."""
        self._layout = layout
        self._programs = programs
        self._users = UserWatch(layout.users_lock, linger)
        self._patience = min(_PATIENCE, max(_EAGERNESS, linger / 4))
        self._signals = SignalWaiter()
        self._identity: Identity | None = None
        self._socket_dir: Path | None = None

    def run(self) -> None:
        """Serve until nobody is left; a failure is written down for the users. Never raises."""
        try:
            with explained(self._layout.area):
                self._serve()
                forget_state(self._layout.state)
        except EmbeddedDatabaseError as error:
            _log.error("%s", error)
            self._say("failed", error=error.message.removesuffix(error.remedy).strip(), remedy=error.remedy)
        except Exception as error:  # noqa: BLE001 (the users must hear of whatever it was)
            _log.exception("the supervisor failed")
            remedy = f"See {self._layout.supervisor_log}, or set DATABASE_URL to a PostgreSQL server."
            self._say("failed", error=f"The supervisor of PostgreSQL failed: {error!r}.", remedy=remedy)
        finally:
            if self._socket_dir is not None:
                remove_socket_directory(self._socket_dir)

    def close(self) -> None:
        """Let new users in, who will start another supervisor."""
        self._users.close()

    def _serve(self) -> None:
        self._say("starting")
        left_behind = end_left_behind(self._layout.cluster_name)
        if left_behind:
            _log.warning("ended processes that outlived an earlier supervisor: %s", left_behind)
        check_major(self._layout.data)
        identity = open_cluster(self._layout, self._programs, self._is_wanted)
        if identity is None:
            return
        self._identity = identity
        _log.info("PostgreSQL runs as %s", identity.describe())
        write_access_rules(self._layout.area, identity.client_name)
        self._socket_dir = socket_directory(self._layout.cluster_name, identity.uid, identity.gid)
        self._keep_running(identity, self._socket_dir)

    def _keep_running(self, identity: Identity, socket_dir: Path) -> None:
        command = server_command(self._layout, self._programs, socket_dir)
        failures, ever_ready = 0, False
        while self._is_wanted():
            clear_socket(socket_dir)
            server = launch(command, identity, self._layout.postgres_log, at_parents_end=signal.SIGINT)
            served = self._attend(server)
            if server.returncode is None:
                self._say("stopping", server)
                end(server, self._layout.cluster_name)
                return
            ever_ready = ever_ready or served is not None
            failures = 1 if (served or 0.0) >= _HEALTHY_AFTER else failures + 1
            self._recover(server.returncode, failures, _FAILURES_LATER if ever_ready else _FAILURES_AT_FIRST)

    def _attend(self, server: "subprocess.Popen[bytes]") -> float | None:
        """Watch ``server`` until it ended or is unwanted; return for how many seconds it was ready (or None)."""
        ready_since: float | None = None
        while self._is_wanted() and server.poll() is None:
            if ready_since is None and is_ready(self._layout.data, server.pid):
                ready_since = time.monotonic()
                self._say("ready", server)
            for log in (self._layout.postgres_log, self._layout.supervisor_log):
                bound_log(log)
            self._signals.wait(_EAGERNESS if ready_since is None else self._patience)
        return None if ready_since is None else time.monotonic() - ready_since

    def _recover(self, status: int, failures: int, limit: int) -> None:
        """Tidy up after a server that ended by itself, and wait; raises when it did so too often."""
        _log.warning("PostgreSQL ended with status %s (failure %s of %s)", status, failures, limit)
        if failures >= limit:
            raise EmbeddedDatabaseError(
                f"PostgreSQL ended {failures} times in a row: {tail(self._layout.postgres_log)}",
                remedy=f"See {self._layout.postgres_log}; is the disk full? Or set DATABASE_URL.",
            )
        self._say("starting")
        end_left_behind(self._layout.cluster_name)
        deadline = time.monotonic() + min(0.05 * 2.0**failures, 5.0)
        while self._is_wanted() and time.monotonic() < deadline:
            self._signals.wait(0.1)

    def _is_wanted(self) -> bool:
        return not self._signals.asked_to_stop and not self._users.is_unwanted()

    def _say(
        self,
        phase: Phase,
        server: "subprocess.Popen[bytes] | None" = None,
        *,
        error: str = "",
        remedy: str = "",
    ) -> None:
        state = ServerState(
            phase,
            os.getpid(),
            server.pid if server else None,
            str(self._socket_dir) if self._socket_dir else None,
            self._identity.describe() if self._identity else "",
            error,
            remedy,
        )
        try:
            state.write(self._layout.state)
        except OSError as fault:
            _log.warning("cannot write %s: %s", self._layout.state, fault)


def main(argument: str) -> int:
    """Become the supervisor that ``argument`` (JSON: area, programs, linger) describes; return an exit status.

    The caller's process ends with 0 as soon as the lock is held; the work goes on in a child of init.
    """
    wanted = json.loads(argument)
    layout = Layout(Path(wanted["area"]))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(process)d %(message)s")
    os.umask(0o077)
    lock = FileLock(layout.supervisor_lock)
    if not lock.exclusive_within(2.0):
        return ANOTHER_RUNS
    if os.fork() != 0:
        # Not sys.exit: buffers and exit handlers belong to the child now.
        os._exit(0)
    supervisor = Supervisor(layout, PostgresBinaries(Path(wanted["programs"])), float(wanted["linger"]))
    supervisor.run()
    lock.release()
    supervisor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
