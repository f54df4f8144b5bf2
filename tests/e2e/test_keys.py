"""Keys of a service with two workers, as it is run in production."""

import asyncio
import contextlib
import http.client
import sys
import time
from pathlib import Path

import pytest

from e2e.processes import Server, free_port, until
from tandem.core.auth import keys, repository
from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.pool import Database

pytestmark = pytest.mark.timeout(120)

NOW = SystemClock(zone_named("UTC")).now


def work(dsn: str, action):
    """Do something in the database."""

    async def run():
        async with Database(dsn) as database:
            return await action(database)

    return asyncio.run(run())


def make(dsn: str, user: str, scope: str = "write") -> keys.NewKey:
    return work(dsn, lambda db: repository.insert(db, user, user, scope, now=NOW(), expires_at=None))


def serve(home: Path, dsn: str, server: str) -> Server:
    """`tandem serve pomodoro` with two workers and authentication on."""
    port = free_port()
    command = [sys.executable, "-m", "tandem", "serve", "pomodoro", "--port", str(port), "--workers", "2"]
    return Server([*command, "--server", server], home, port, DATABASE_URL=dsn, TANDEM_AUTH="on")


def status(connection: http.client.HTTPConnection, key: keys.NewKey) -> int:
    connection.request("GET", "/api/analysis", headers={"Authorization": f"Bearer {key.text}"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def one_connection_per_worker(served: Server) -> dict[int, http.client.HTTPConnection]:
    """An open connection to each worker: the kernel deals them out as it likes."""
    found: dict[int, http.client.HTTPConnection] = {}
    workers = served.workers()
    assert len(workers) == 2
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request("GET", "/livez")
        connection.getresponse().read()
        mine = connection.sock.getsockname()[1]
        owner = next(
            w.pid for w in workers if any(c.raddr and c.raddr.port == mine for c in w.net_connections())
        )
        if owner in found:
            connection.close()
        else:
            found[owner] = connection
        if len(found) == len(workers):
            return found
    pytest.skip("200 connections in a row reached the same worker")


@pytest.mark.parametrize("server", ["granian", "uvicorn"])
def test_every_worker_knows_of_a_revocation_within_a_second(
    tmp_path: Path, shared_database: str, user: str, server: str
) -> None:
    """A new key opens both, a revoked one neither; nothing of a secret is in any log line."""
    first = make(shared_database, user)
    with serve(tmp_path, shared_database, server) as served:
        with contextlib.ExitStack() as stack:
            connections = one_connection_per_worker(served)
            for connection in connections.values():
                stack.callback(connection.close)
                assert status(connection, first) == 200
            second = make(shared_database, f"{user}-2")
            for connection in connections.values():
                until(lambda c=connection: status(c, second) == 200, 1)
            work(shared_database, lambda db: repository.revoke(db, second.id, NOW()))
            began = time.monotonic()
            for connection in connections.values():
                until(lambda c=connection: status(c, second) == 401, 1)
            took = time.monotonic() - began
            assert took < 1
            print(f"{server}: refused by both workers {took * 1000:.0f} ms after the commit")
            assert [status(connection, first) for connection in connections.values()] == [200, 200]
        assert served.client.get("/api/analysis").status_code == 401
        served.stop()
        said = served.output() + served.errors()
    for key in (first, second):
        assert key.text.rpartition("_")[2] not in said
    assert '"status":401' in said.replace(" ", "")


def test_a_server_for_others_starts_once_there_is_a_key(
    tmp_path: Path, shared_database: str, user: str
) -> None:
    """Bound to anything but the loopback names, authentication is on by itself."""
    made = make(shared_database, user, "admin")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tandem",
        "serve",
        "tokimeki",
        "--host",
        "127.0.0.2",
        "--port",
        str(port),
    ]
    served = Server(command, tmp_path, port, DATABASE_URL=shared_database)
    try:

        def answer(path: str, **headers: str) -> int | None:
            connection = http.client.HTTPConnection("127.0.0.2", port, timeout=10)
            with contextlib.closing(connection), contextlib.suppress(OSError):
                connection.request("GET", path, headers=headers)
                return connection.getresponse().status
            return None

        until(lambda: answer("/readyz") == 200, 45, served.errors())
        assert answer("/models") == 401
        assert answer("/models", Authorization=f"Bearer {made.text}") == 200
    finally:
        served.end()
