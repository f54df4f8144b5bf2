"""A PostgreSQL server of a test's own, which may be killed, stopped in its tracks and started again."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tandem.core.database.postgres_binaries import PostgresBinaries, binaries

# What makes a server quick whose machine will not lose its power; its processes may be killed.
CARELESS = ["-c", "fsync=off", "-c", "full_page_writes=off"]
ROOM = 2 * 1024**3


def quick_directory(prefix: str) -> Path:
    """A new directory, in memory where there is room for it: a loaded disk makes every new database wait."""
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if in_memory else None))


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class PrivateServer:
    """One server on a free loopback port and a socket, run as `nobody` where the tests run as root."""

    def __init__(self, programs: PostgresBinaries | None = None) -> None:
        self.programs = programs or binaries()
        self.home = quick_directory("tandem-test-")
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
        self._run(
            [self.programs.initdb, "-D", self.data, "-U", "owner", "-A", "trust", "-N", "--no-instructions"]
        )

    @property
    def data(self) -> Path:
        return self.home / "data"

    def dsn(self, database: str = "postgres", *, tcp: bool = False, user: str = "owner") -> str:
        if tcp:
            return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{user}@/{database}?host={self.home}&port={self.port}"

    def start(self, *options: str) -> None:
        command = [
            self.programs.postgres,
            "-D",
            self.data,
            "-p",
            str(self.port),
            "-k",
            self.home,
            *CARELESS,
            *options,
        ]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group="nogroup" if self._user else None,
            )
        deadline = time.monotonic() + 20
        while not self._is_ready():
            assert self._process.poll() is None, (self.home / "log").read_text()
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """End all its processes at once, as losing the machine would, and return when they hold no memory any more."""
        if self._process is None:
            return
        # A stopped server makes no new process between the look at them and their end.
        self._signal(signal.SIGSTOP)
        family = self._family()
        self._signal(signal.SIGKILL)
        self._process.wait(10)
        self._process = None
        deadline = time.monotonic() + 10
        while any(map(_lives, family)):
            assert time.monotonic() < deadline, "a process outlives SIGKILL"
            time.sleep(0.01)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop in good order, for a killed server leaves shared memory behind, and delete everything."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _is_ready(self) -> bool:
        """Whether the process that was started last takes connections; a killed one leaves its file behind."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self._process and self._process.pid) and "ready" in lines[7]

    def _signal(self, number: signal.Signals) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _family(self) -> list[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return []
        server = psutil.Process(self._process.pid)
        return [server, *server.children(recursive=True)]

    def _run(self, command: list[Path | str]) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            user=self._user,
            group="nogroup" if self._user else None,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
