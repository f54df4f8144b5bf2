"""Starting and ending PostgreSQL's own processes.

Every server carries the name of its directory (``cluster_name``) in the titles of all its processes; by it
those that outlived a killed supervisor are found again, whatever their ids.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tandem.core.database.postgres_capabilities import die_with_parent
from tandem.core.database.postgres_identity import Identity

# Ways to end a server and the seconds each is given: disconnect everybody and write all out; stop at once
# (the next start replays the log); and what no process can refuse. No committed row is lost by any of them.
_WAYS_TO_END = ((signal.SIGINT, 4.0), (signal.SIGQUIT, 1.5), (signal.SIGKILL, 1.0))


def launch(
    command: list[str], identity: Identity, output: Path, *, at_parents_end: signal.Signals, feed: bytes = b""
) -> subprocess.Popen[bytes]:
    """Start ``command`` as ``identity``, its output appended to ``output``, its input ``feed`` (a few bytes).

    For callers with a single thread only: Python runs in the child between fork and exec.
    """
    parent = os.getpid()
    source, sink = os.pipe()
    os.write(sink, feed)
    os.close(sink)

    def become() -> None:
        identity.assume()
        die_with_parent(at_parents_end, parent)

    with output.open("ab") as log, os.fdopen(source, "rb") as stdin:
        return subprocess.Popen(  # noqa: S603 (our own programs, no shell)
            command,
            stdin=stdin,
            stdout=log,
            stderr=log,
            env=server_environment(),
            preexec_fn=become,  # noqa: PLW1509 (the supervisor has one thread)
        )


def server_environment() -> dict[str, str]:
    """Return what the programs need of the environment: no secret, no PG* variable of the user's."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}


def is_ready(data: Path, pid: int) -> bool:
    """Tell whether server ``pid`` of ``data`` takes connections, as its own pid file says.

    The file of a killed server stays, saying that it is ready: hence the comparison.
    """
    with suppress(OSError, UnicodeError):
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def end(server: subprocess.Popen[bytes], cluster_name: str) -> None:
    """Stop ``server``, ever less politely, within about seven seconds."""
    for number, seconds in _WAYS_TO_END:
        with suppress(ProcessLookupError):
            server.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            break
    end_left_behind(cluster_name)


def end_left_behind(cluster_name: str) -> list[int]:
    """Stop processes of ``cluster_name`` that no supervisor cares for; return the ids that were found."""
    found = processes_of(cluster_name)
    for number, seconds in _WAYS_TO_END:
        for pid in processes_of(cluster_name):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if _within(seconds, lambda: not processes_of(cluster_name)):
            break
    return found


def processes_of(cluster_name: str) -> list[int]:
    """Return the ids of all processes of the server called ``cluster_name``."""
    title = f"postgres: {cluster_name}: ".encode()
    argument = f"cluster_name={cluster_name}".encode()
    return [pid for pid, words in _commands() if words[0].startswith(title) or argument in words]


def is_postgres(pid: int) -> bool:
    """Tell whether a living process ``pid`` is a PostgreSQL server."""
    return any(found == pid and b"postgres" in words[0] for found, words in _commands())


def _commands() -> Iterator[tuple[int, list[bytes]]]:
    """Yield the id and the command line, split into words, of every process that can be seen."""
    if not Path("/proc/self/cmdline").exists():
        yield from _commands_by_ps()
        return
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                words = Path(entry.path, "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                if words[0]:
                    yield int(entry.name), words


def _commands_by_ps() -> Iterator[tuple[int, list[bytes]]]:
    listed = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, check=False)
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(b" ")
        if command:
            yield int(pid), [command, *command.split()]


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
