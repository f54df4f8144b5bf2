"""`tandem serve`: starts the server as a child, and drains before it stops it.

Both servers refuse new connections the moment they are told to stop and then wait for open streams without
end. So the signal first comes to this parent: it raises the drain flag (readiness turns 503, streams end
themselves while requests are still accepted), waits for ``drain_delay``, then signals the server, and after
``drain_limit`` kills what is left. A second signal ends the waiting.

It waits for as long as the service runs, so it is small: the command that has prepared everything becomes it (:func:`become`)
and gives back what it had loaded, some 50 MB.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, NoReturn

import orjson

from tandem.core.drain_flag import STREAM_SECONDS, DrainFlag
from tandem.core.errors import ConfigurationError, TandemError
from tandem.core.serving import ports
from tandem.core.serving.lifeline import stop_with_parent
from tandem.core.serving.plan import Plan

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

STABLE_SECONDS: Final = 10.0
"""A server that ran for so long and then died is started again; one that died sooner cannot run at all."""


class Parent:
    """Owns one server process from start to end."""

    def __init__(self, plan: Plan) -> None:
        """Serve ``plan``; nothing happens before :meth:`run`."""
        self._plan = plan
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._run_dir = Path(plan.home) / "run" / f"{plan.service}-{plan.port}"

    def run(self) -> int:
        """Serve until a signal comes; returns the exit code, 0 after a clean stop."""
        ports.require_free(self._plan.host, self._plan.port)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        # One that came while the command became this process is heard now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        with self._alone():
            flag = DrainFlag(fresh_directory(self._run_dir))
            try:
                return self._serve(flag)
            finally:
                flag.close()
                shutil.rmtree(self._run_dir, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep out another parent for the same port, which would take the files of this one away.

        The port itself is free for as long as the first server is still starting.
        """
        self._run_dir.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._run_dir.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigurationError(
                    f"{self._plan.service} on port {self._plan.port} is already being started or stopped from"
                    f" {self._plan.home}"
                ) from error
            yield

    def _on_signal(self, *_: object) -> None:
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _serve(self, flag: DrainFlag) -> int:
        while True:
            started = time.monotonic()
            child = self._spawn()
            while child.poll() is None and not self._stop.wait(0.1):
                pass
            if self._stop.is_set():
                return self._drain(child, flag)
            # Its workers may have outlived it and would hold the port.
            _end_group(child)
            if time.monotonic() - started < STABLE_SECONDS:
                return child.returncode or 1

    def _spawn(self) -> subprocess.Popen[bytes]:
        plan = replace(self._plan, parent=os.getpid(), run_dir=str(self._run_dir))
        environment = os.environ | {
            "TANDEM_HOME": self._plan.home,
            "TANDEM_BIND": self._plan.host,
            "TANDEM_RUN_DIR": str(self._run_dir),
            "TANDEM_METRICS_DIR": str(fresh_directory(self._run_dir / "metrics")),
        }
        command = [sys.executable, "-m", "tandem.core.serving.child", orjson.dumps(asdict(plan)).decode()]
        # A session of its own: Ctrl-C in a terminal must reach only us, or the server would stop undrained.
        return subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603

    def _drain(self, child: subprocess.Popen[bytes], flag: DrainFlag) -> int:
        deadline = time.monotonic() + self._plan.drain_limit
        flag.set()
        self._hurry.wait(self._plan.drain_delay + STREAM_SECONDS)
        child.send_signal(signal.SIGTERM)
        while child.poll() is None and time.monotonic() < deadline:
            if self._hurry.wait(0.05):
                break
        late = child.poll() is None
        _end_group(child)
        return int(late)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the server and its workers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def fresh_directory(path: Path) -> Path:
    """Return ``path`` as an empty directory that only this user can read."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    return path


def become(plan: Plan) -> NoReturn:
    """Turn this process into the parent of ``plan``, with the same process id."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    sys.stdout.flush()
    sys.stderr.flush()
    words = [sys.executable, "-m", "tandem.core.serving.parent", orjson.dumps(asdict(plan)).decode()]
    os.execv(sys.executable, words)  # noqa: S606 - our own program


def main() -> None:
    """Serve the plan that is the only argument; an expected error is one line on stderr and exit code 1."""
    plan = Plan(**orjson.loads(sys.argv[1]))
    if plan.owner:
        stop_with_parent(plan.owner)
    try:
        code = Parent(plan).run()
    except TandemError as error:
        sys.stderr.write(f"tandem: {error.message}\n")
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
