"""Servers in processes of their own: started, asked, signalled, and looked after until nothing is left."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx2
import psutil

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
START_SECONDS = 45


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float, what: str = "") -> Any:
    """Return what ``condition`` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, what or f"not within {seconds} s"
        time.sleep(0.03)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a command: nothing of ours but what the test sets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TANDEM_", "DATABASE_", "PG"))
    }
    return (
        kept
        | {"TANDEM_HOME": str(home), "TANDEM_TIMEZONE": "Europe/Prague", "PYTHONPATH": str(TESTS)}
        | settings
    )


def fetch(port: int, path: str, timeout: float = 15) -> tuple[int, str]:
    """GET on a connection of its own; raises OSError or HTTPException when there is no answer."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class Server:
    """A serving parent with all that belongs to it."""

    def __init__(self, command: list[str], home: Path, port: int, **settings: str) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        self._out = home / f"out-{port}.log"
        self._err = home / f"err-{port}.log"
        home.mkdir(exist_ok=True)
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command,
                env=environment(home, **settings),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        self.client = httpx2.Client(base_url=self.url, timeout=30, trust_env=False)
        self._known: dict[int, psutil.Process] = {}

    @classmethod
    def pomodoro(cls, home: Path, server: str = "granian", workers: int = 1, **settings: str) -> "Server":
        """`tandem serve pomodoro`."""
        port = free_port()
        command = [sys.executable, "-m", "tandem", "serve", "pomodoro", "--port", str(port)]
        return cls([*command, "--server", server, "--workers", str(workers)], home, port, **settings)

    def __enter__(self) -> Self:
        """Return when it is ready."""
        try:
            until(self.is_ready, START_SECONDS)
        except AssertionError:
            self.end()
            raise AssertionError(f"the server does not start:\n{self.errors()}\n{self.output()}") from None
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        self.end()

    def is_ready(self) -> bool:
        """Whether /readyz says 200."""
        assert self.process.poll() is None, (
            f"ended with {self.process.returncode}:\n{self.errors()}\n{self.output()}"
        )
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False

    def family(self) -> list[psutil.Process]:
        """All processes that come from this server, the detached database among them, as far as they live."""
        if self.process.poll() is None:
            for process in psutil.Process(self.process.pid).children(recursive=True):
                self._known[process.pid] = process
        for process in psutil.process_iter():
            if str(self.home) in " ".join(command(process)) and process.pid != os.getpid():
                self._known[process.pid] = process
        return [process for process in self._known.values() if _lives(process)]

    def workers(self) -> list[psutil.Process]:
        """The processes that serve requests: those whose parent is the server's main process."""
        main = psutil.Process(self.process.pid).children()[0]
        living = [child for child in main.children() if _lives(child)]
        return [child for child in living if "resource_tracker" not in " ".join(command(child))]

    def stop(self, seconds: float = 25) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def end(self) -> None:
        """Stop it whatever it does."""
        family = self.family()
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        _, alive = psutil.wait_procs(family, timeout=12)
        for process in alive:
            process.kill()

    def output(self) -> str:
        """What it printed."""
        return self._out.read_text(errors="replace")

    def errors(self) -> str:
        """What it printed on stderr."""
        return self._err.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Its log; every line must be a JSON object."""
        found = [json.loads(line) for line in self.output().splitlines()]
        assert all(isinstance(line, dict) for line in found)
        return found


def command(process: psutil.Process) -> list[str]:
    """The words of its command line, none once it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
