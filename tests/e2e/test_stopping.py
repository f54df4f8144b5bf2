"""How a server ends: on request, in a hurry, or because the process above it was killed."""

import contextlib
import signal
import sys
import threading
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from e2e.processes import Server, free_port, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
both_servers = pytest.mark.parametrize("server", ["granian", "uvicorn"])
layouts = pytest.mark.parametrize(("server", "workers"), [("granian", 2), ("uvicorn", 1), ("uvicorn", 2)])


def small(home: Path, server: str = "granian", workers: int = 1, **settings: str) -> Server:
    """The small service of :mod:`e2e.drain_app`."""
    port = free_port()
    command = [sys.executable, "-m", "e2e.drain_app", str(port), server, str(workers)]
    return Server(command, home, port, **settings)


class Background:
    """One request in a thread: its answer, or the error."""

    def __init__(self, server: Server, path: str) -> None:
        self.text, self.status, self.error = "", 0, None
        self.begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(server.url + path,), daemon=True)
        self._thread.start()

    def _run(self, url: str) -> None:
        try:
            with httpx2.stream("GET", url, timeout=30, trust_env=False) as answer:
                self.status = answer.status_code
                for text in answer.iter_text():
                    self.text += text
                    self.begun.set()
        except httpx2.TransportError as error:
            self.error = error

    def wait(self, seconds: float = 15) -> "Background":
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"still open after {seconds} s: {self.text[-200:]}"
        return self


@layouts
def test_a_stop_drains_first(tmp_path: Path, server: str, workers: int) -> None:
    """Readiness turns 503 while still accepting, streams say goodbye, a slow request ends, the exit code is 0."""
    with small(tmp_path, server, workers, TANDEM_DRAIN_DELAY="1") as served:
        streams = [Background(served, "/stream") for _ in range(4)]
        slow = Background(served, "/slow?seconds=2")
        for stream in streams:
            assert stream.begun.wait(10)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        until(lambda: served.client.get("/readyz").status_code == 503, 0.8)
        assert served.client.get("/slow?seconds=0").status_code == 200, "it still accepts"
        assert time.monotonic() - began < 1
        for stream in streams:
            assert stream.wait(15).text.endswith("event: shutdown\ndata: {}\n\n")
            assert stream.error is None
        assert served.process.wait(15) == 0
        took = time.monotonic() - began
        assert slow.wait().error is None
        assert (slow.status, slow.text) == (200, '{"finished":"yes"}')
        print(f"{server}, {workers} workers: stopped after {took:.2f} s")
        assert 1 <= took < 10
        until(lambda: not served.family(), 3)
        assert not (tmp_path / "run" / f"drain-{served.port}").exists()


def test_a_second_signal_hurries(tmp_path: Path) -> None:
    """The second Ctrl-C cuts what is open."""
    with small(tmp_path, "granian", TANDEM_DRAIN_DELAY="20", TANDEM_DRAIN_LIMIT="40") as served:
        slow = Background(served, "/slow?seconds=25")
        time.sleep(0.5)
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert served.process.poll() is None
        began = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(5) == 1
        assert time.monotonic() - began < 3
        assert slow.wait(5).error is not None
        until(lambda: not served.family(), 3)


def test_the_limit_ends_what_does_not_end(tmp_path: Path) -> None:
    """A request that takes for ever is cut at the limit."""
    with small(tmp_path, "uvicorn", TANDEM_DRAIN_LIMIT="2") as served:
        slow = Background(served, "/slow?seconds=60")
        time.sleep(0.5)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(25)
        assert 1 < time.monotonic() - began < 5
        assert slow.wait(5).error is not None
        until(lambda: not served.family(), 3)


@layouts
def test_a_killed_parent_takes_all_with_it(tmp_path: Path, server: str, workers: int) -> None:
    """kill -9 of `tandem serve`: its server and workers end by themselves, and open streams say goodbye."""
    with small(tmp_path, server, workers) as served:
        stream = Background(served, "/stream")
        assert stream.begun.wait(10)
        assert served.family()
        began = time.monotonic()
        served.process.kill()
        until(lambda: not served.family(), 30)
        print(
            f"{server}, {workers} workers: all gone {time.monotonic() - began:.2f} s after the parent was killed"
        )
        assert stream.wait(15).text.endswith("event: shutdown\ndata: {}\n\n")


@pytest.mark.alone
@pytest.mark.parametrize(("server", "workers"), [("granian", 1), ("uvicorn", 2)])
def test_workers_of_a_killed_server_end(tmp_path: Path, server: str, workers: int) -> None:
    """kill -9 of the server between parent and workers: nobody is left holding the port."""
    with small(tmp_path, server, workers) as served:
        family = served.family()
        psutil.Process(served.process.pid).children()[0].kill()
        assert served.process.wait(25) != 0, "a server that ends at once is not started again"
        _, alive = psutil.wait_procs(family, timeout=25)
        assert not alive


@both_servers
def test_a_broken_stream_does_not_look_whole(tmp_path: Path, server: str) -> None:
    """A client must be able to tell an answer that broke off from one that ended."""
    with small(tmp_path, server) as served:
        broken = Background(served, "/broken").wait()
        assert broken.status == 200
        assert broken.error is not None, f"{len(broken.text)} characters came as a whole answer"
        assert served.client.get("/readyz").status_code == 200


def test_a_second_server_on_the_port_is_refused(tmp_path: Path) -> None:
    """It ends at once and names the holder; the first one is not disturbed."""
    with small(tmp_path / "a") as first:
        command = [sys.executable, "-m", "tandem", "serve", "pomodoro", "--port", str(first.port)]
        settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
        second = Server(command, tmp_path / "b", first.port, **settings)
        with contextlib.ExitStack() as stack:
            stack.callback(second.end)
            assert second.process.wait(20) == 1
            holder = psutil.Process(first.process.pid).children()[0].pid
            assert second.errors().startswith(f"tandem: port {first.port} is taken by process ")
            assert str(holder) in second.errors() or any(
                str(p.pid) in second.errors() for p in first.family()
            )
            assert second.errors().count("\n") == 1
        assert first.client.get("/readyz").status_code == 200


def test_of_two_servers_started_at_once_one_serves(tmp_path: Path) -> None:
    """Both find the port free; one gives way, and takes nothing from the other that it needs to stop well."""
    port = free_port()
    command = [sys.executable, "-m", "e2e.drain_app", str(port), "granian", "1"]
    both = [
        Server(command, tmp_path / f"{number}", port, TANDEM_HOME=str(tmp_path / "home"))
        for number in range(2)
    ]
    try:
        until(lambda: any(one.process.poll() is not None for one in both), 20)
        loser, winner = sorted(both, key=lambda one: one.process.poll() is None)
        assert loser.process.returncode == 1
        assert "already" in loser.errors() or "taken" in loser.errors()
        until(winner.is_ready, 20)
        stream = Background(winner, "/stream")
        assert stream.begun.wait(10)
        assert winner.stop() == 0
        assert stream.wait(15).text.endswith("event: shutdown\ndata: {}\n\n")
    finally:
        for one in both:
            one.end()
