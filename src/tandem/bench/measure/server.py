"""A server in processes of its own: started, looked at, and ended with everything that belongs to it."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import psutil

from tandem.core.errors import TandemError

START_SECONDS: Final = 150.0
STOP_SECONDS: Final = 12.0
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_OPENER: Final = build_opener(ProxyHandler({}))

Headers = Callable[[str], dict[str, str]]


class ServerError(TandemError):
    """A server of the benchmark does not start."""


class Server:
    """One running server; its children belong to it."""

    def __init__(  # noqa: PLR0913 - how one server is started
        self, name: str, command: Sequence[str], *, port: int, home: Path, probe: str,
        settings: Mapping[str, str] | None = None, headers: Headers | None = None,
    ) -> None:  # fmt: skip
        """Start ``command`` in ``home``; :meth:`wait` returns when ``probe`` answers 200."""
        self.name, self.port, self.home = name, port, home
        self.headers: Headers = headers or (lambda _: {})
        """What a request of a user carries."""
        self._probe = probe
        self._family: list[psutil.Process] = []
        """What has to be gone, once it was asked to stop."""
        home.mkdir(parents=True, exist_ok=True)
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TANDEM_", "DATABASE_", "REDIS_", "PG"))
        }
        with (home / "output").open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                list(command), env=kept | dict(settings or {}), cwd=home, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True, preexec_fn=end_with_parent,  # noqa: PLW1509 - one call into the kernel
            )  # fmt: skip

    def wait(self, seconds: float = START_SECONDS) -> "Server":
        """Return itself when it answers; raises ServerError with the end of its output."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self.name} does not start: {self.output()[-1500:] or 'it says nothing'}")
            time.sleep(0.05)
        return self

    def output(self) -> str:
        """What it printed."""
        return (self.home / "output").read_text(encoding="utf-8", errors="replace")

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, seconds: float = 60
    ) -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers (small letters) of one GET; raises OSError without an answer."""
        request = Request(f"http://127.0.0.1:{self.port}{path}", headers=dict(headers or {}))
        try:
            with _OPENER.open(request, timeout=seconds) as answer:
                return (
                    int(answer.status),
                    answer.read(),
                    {name.lower(): value for name, value in answer.headers.items()},
                )
        except HTTPError as error:
            return error.code, error.read(), {name.lower(): value for name, value in error.headers.items()}

    def family(self) -> list[psutil.Process]:
        """All processes of this server."""
        try:
            own = psutil.Process(self.process.pid)
            return [own, *own.children(recursive=True)]
        except psutil.Error:
            return []

    def cpu(self) -> float:
        """CPU seconds since the start, of all its processes."""
        return cpu_of(self.family())

    def memory(self) -> float:
        """MB that it holds: proportional set size where the system tells, so that shared pages count once."""
        return memory_of(self.family())

    def threads(self) -> int:
        """Threads of all its processes."""
        total = 0
        for process in self.family():
            with contextlib.suppress(psutil.Error):
                total += process.num_threads()
        return total

    def stop(self) -> None:
        """Ask it to stop; :meth:`end` waits."""
        if self.process.poll() is None:
            self._family = self.family()
            self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Stop it and wait."""
        family = self._family or self.family()
        if self.process.poll() is None:
            if not self._family:
                self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=3)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _answers(self) -> bool:
        try:
            return self.get(self._probe, self.headers("default"), 5)[0] == 200
        except (URLError, OSError):
            return False


def end_with_parent() -> None:
    """Ask the kernel (Linux) to stop this process when the thread that began it is gone: nobody else would after a kill -9."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds of ``processes`` so far."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            # What ended children had used is told with their parent where the system does (Linux).
            total += used.user + used.system + used.children_user + used.children_system
    return total


def memory_of(processes: Sequence[psutil.Process]) -> float:
    """MB held by ``processes``."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            told = process.memory_full_info()
            total += getattr(told, "pss", 0) or told.uss
    return total / 1e6


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
