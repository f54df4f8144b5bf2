"""Streams of a service with several workers: ended from anywhere, followed only where they live, drained at a stop."""

import asyncio
import contextlib
import http.client
import json
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from e2e.processes import Server, free_port, until
from integration.servers import PrivateServer
from integration.tokimeki.serving import SECRET, Upstream
from tandem.core.database import schema

FOREIGN = "deadbeef-0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    """The upstream of these services."""
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def upstream(provider: Upstream) -> Upstream:
    """The upstream, with a long answer at hand."""
    provider.answers(rate=20, tokens=600)
    return provider


def serve(home: Path, upstream: Upstream, dsn: str, server: str, workers: int) -> Server:
    """`tandem serve tokimeki`."""
    port = free_port()
    command = [sys.executable, "-m", "tandem", "serve", "tokimeki", "--port", str(port)]
    settings = {
        "DATABASE_URL": dsn, "OPENROUTER_API_KEY": SECRET, "TANDEM_OPENROUTER_URL": upstream.base_url,
        "TANDEM_LOCAL_ENABLED": "false",
    }  # fmt: skip
    return Server([*command, "--server", server, "--workers", str(workers)], home, port, **settings)


class Reading:
    """A stream that is read in a thread; its events as (name, data)."""

    def __init__(self, served: Server, user: str, path: str = "/api/v1/chat/stream", **body: object) -> None:
        self.events: list[tuple[str, dict]] = []
        self.ended = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        body = {"message": "Hello", "prompt": "Hello", **body}
        self._connection.request("POST", path, json.dumps(body), {"X-User-ID": user})
        threading.Thread(target=self._run, daemon=True).start()
        until(lambda: len(self.events) > 2 or self.ended.is_set(), 10)

    def _run(self) -> None:
        name = ""
        try:
            with contextlib.closing(self._connection), self._connection.getresponse() as answer:
                for raw in answer:
                    line = raw.decode().rstrip()
                    if line.startswith("event: "):
                        name = line[7:]
                    elif line.startswith("data: "):
                        self.events.append((name, json.loads(line[6:])))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self.ended.set()

    @property
    def id(self) -> str:
        return self.events[0][1]["stream_id"]

    @property
    def worker(self) -> str:
        return self.id.partition("-")[0]

    def leave(self) -> None:
        self._connection.sock.shutdown(socket.SHUT_RDWR)
        assert self.ended.wait(5)


def client_of(served: Server, user: str) -> httpx2.Client:
    return httpx2.Client(base_url=served.url, timeout=10, trust_env=False, headers={"X-User-ID": user})


@contextmanager
def elsewhere(served: Server, user: str, stream: Reading) -> Iterator[httpx2.Client]:
    """A connection to another worker than that of a resumable ``stream``: the kernel deals them out as it likes."""
    for _ in range(60):
        with client_of(served, user) as client:
            with client.stream("GET", f"/api/v1/chat/streams/{stream.id}") as answer:
                if answer.status_code == 200:
                    continue
                assert answer.status_code == 409
                if "cannot be reached" in (error := json.loads(answer.read())["error"]):
                    time.sleep(0.2)  # a worker that has just begun does not hear of the others yet
                    continue
                assert "another worker" in error
            yield client
            return
    pytest.skip("60 connections in a row reached the same worker")


def test_a_stream_is_ended_from_any_worker(
    tmp_path: Path, shared_database: str, user: str, upstream: Upstream
) -> None:
    """DELETE works where the stream does not live, for streams and for lanes; following it there is refused."""
    with serve(tmp_path, upstream, shared_database, "granian", 2) as served:
        first = Reading(served, user, resumable=True)
        with elsewhere(served, user, first) as client:
            assert (
                client.get(f"/api/v1/chat/streams/{first.id}", headers={"X-User-ID": "stranger"}).status_code
                == 404
            )
            assert (
                client.delete(f"/api/v1/chat/streams/{first.id}", headers={"X-User-ID": "x"}).status_code
                == 404
            )
            _ended_by(client, first, upstream)
            plain = _there(served, user, first.worker)
            _ended_by(client, plain, upstream)
            lanes = _there(
                served,
                user,
                first.worker,
                "/api/v1/compare/stream",
                models=["hunyuan", "qwen3-8b"],
                max_tokens=12,
            )
            assert client.delete(f"/api/v1/chat/streams/{lanes.id}/lanes/7").status_code == 404
            assert client.delete(f"/api/v1/chat/streams/{lanes.id}/lanes/0").status_code == 204
            assert lanes.ended.wait(5)
            rows = {row["model"]: row["success"] for row in lanes.events[-1][1]["results"]}
            assert rows == {"hunyuan": False, "qwen3-8b": True}
            began = time.monotonic()
            assert client.delete(f"/api/v1/chat/streams/{FOREIGN}").status_code == 404
            assert time.monotonic() - began < 0.9, "the others say at once that they have no such stream"


def _there(
    served: Server, user: str, worker: str, path: str = "/api/v1/chat/stream", **body: object
) -> Reading:
    """A stream in the worker of this name."""
    for _ in range(60):
        stream = Reading(served, user, path, **body)
        if stream.worker == worker:
            return stream
        stream.leave()
    pytest.skip("60 connections in a row reached the other worker")


def _ended_by(client: httpx2.Client, stream: Reading, upstream: Upstream) -> None:
    time.sleep(0.2)
    before = upstream.server.statistics.cancelled
    assert client.delete(f"/api/v1/chat/streams/{stream.id}").status_code == 204
    assert upstream.until("cancelled", before + 1) < 1
    assert stream.ended.wait(3)
    assert stream.events[-1][0] == "cancelled"


def test_while_the_database_is_away(
    tmp_path: Path, private_server_of_the_test: PrivateServer, user: str, upstream: Upstream
) -> None:
    """Own streams go on and can be ended; others cannot be reached, which is said; it comes back by itself."""
    server = private_server_of_the_test
    with serve(tmp_path, upstream, server.dsn(), "granian", 1) as served:
        stream, other = Reading(served, user), Reading(served, user)
        server.kill()
        with client_of(served, user) as client:
            assert client.delete(f"/api/v1/chat/streams/{stream.id}").status_code == 204
            assert stream.ended.wait(5)
            far = client.delete(f"/api/v1/chat/streams/{FOREIGN}")
            assert (far.status_code, "database" in far.json()["error"]) == (409, True)
            named = client.get("/api/v1/chat/streams/named-by-a-client")
            assert (named.status_code, "database" in named.json()["error"]) == (404, True)
            own = client.delete(f"/api/v1/chat/streams/{stream.id.partition('-')[0]}-{'0' * 32}")
            assert (own.status_code, "database" in own.json()["error"]) == (404, False)
            assert "exchange" in until(lambda: _lost(client), 10)
            assert not other.ended.is_set()
            server.start()
            until(lambda: client.get("/readyz").json()["status"] == "ready", 20)
            again = client.delete(f"/api/v1/chat/streams/{FOREIGN}")
            assert (again.status_code, "database" in again.json()["error"]) == (404, False)
            assert client.delete(f"/api/v1/chat/streams/{other.id}").status_code == 204


def _lost(client: httpx2.Client) -> set[str]:
    answer = client.get("/readyz").json()
    lost = {name for name, state in answer["parts"].items() if state != "ok"}
    return lost if {"exchange", "database"} <= lost else set()


@pytest.fixture
def private_server_of_the_test() -> Iterator[PrivateServer]:
    """A migrated database that the test may kill."""
    server = PrivateServer()
    try:
        server.start()
        asyncio.run(schema.upgrade(server.dsn()))
        yield server
    finally:
        server.remove()


@pytest.mark.parametrize("server", ["granian", "uvicorn"])
def test_a_client_leaves(
    tmp_path: Path, shared_database: str, user: str, upstream: Upstream, server: str
) -> None:
    """Both servers tell: mid-stream, before the first token, and of a whole answer; and streams drain at SIGTERM."""
    with serve(tmp_path, upstream, shared_database, server, 1) as served:
        stream = Reading(served, user)
        stream.leave()
        assert upstream.until("cancelled", 1) < 1
        upstream.answers(latency=30)
        for number, path in enumerate(("/chat", "/api/v1/chat/stream", "/compare_models"), start=1):
            with client_of(served, user) as client, pytest.raises(httpx2.ReadTimeout):
                client.post(
                    path, json={"message": "Hello", "prompt": "Hello", "models": ["hunyuan"]}, timeout=0.5
                )
            assert upstream.until("cancelled", number) < 1
        upstream.answers(rate=20, tokens=600)
        readers = [Reading(served, user, resumable=resumable) for resumable in (False, True)]
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        for reader in readers:
            assert reader.ended.wait(5)
            assert reader.events[-1][0] == "shutdown"
            assert reader.events[-1][1]["delivered"].startswith("The market")
        assert upstream.until("cancelled", 2) < 2
        assert served.process.wait(15) == 0
        assert time.monotonic() - began < 10
        assert not [line for line in served.lines() if line["level"] in {"ERROR", "CRITICAL"}]
