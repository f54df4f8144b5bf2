"""The world in which servers are compared: one PostgreSQL, one Redis, upstreams, and databases with the same people in them."""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Self

import asyncpg
import psutil

from tandem.bench.measure.server import Server, cpu_of, free_port
from tandem.bench.subjects.people import OPERATOR, Person, populate
from tandem.bench.subjects.venvs import BaselinesUnavailableError, Environment
from tandem.core.database.embedded import EmbeddedPostgres
from tandem.core.database.pool import asyncpg_dsn

DATABASE_CONNECTIONS: Final = 10
"""Per worker, on either side."""


class RedisMissingError(BaselinesUnavailableError):
    """There is no redis-server on this machine."""


class Populated:
    """A database with people in it."""

    def __init__(self, name: str, dsn: str, keys: dict[str, str]) -> None:
        """Hold name, address, and a key for each person."""
        self.name, self.dsn, self.keys = name, dsn, keys

    def our_headers(self, user: str) -> dict[str, str]:
        """What a request of ``user`` to our services carries."""
        return {"Authorization": f"Bearer {self.keys.get(user) or self.keys[OPERATOR]}"}


class World:
    """Everything that servers need, in a directory of its own; all of it ends with the block."""

    def __init__(self, root: Path, state: Path, say: Callable[[str], None]) -> None:
        """Find the baselines in ``root``, keep their packages below ``state``."""
        self.root = root
        self.say = say
        self.twins = Environment(root / "requirements.txt", state / "bench", say)
        self.litellm = Environment(root / "requirements-litellm.txt", state / "bench", say)
        self._stack = ExitStack()
        self._servers: dict[str, Server] = {}
        self._databases: dict[str, Populated] = {}
        self._postgres: EmbeddedPostgres | None = None
        self._redis: RedisServer | None = None
        self._waits = True
        self.home = Path()

    def __enter__(self) -> Self:
        """Make the directory."""
        self.home = Path(
            self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="tandem-bench-", ignore_cleanup_errors=True)
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End all servers, then what they stand on."""
        self.end_servers()
        self._stack.close()

    def place(self, name: str) -> Path:
        """Return an empty directory for ``name``."""
        path = self.home / f"{name}-{len(list(self.home.iterdir()))}"
        path.mkdir()
        return path

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server, started on first use."""
        if self._postgres is None:
            self.say("starting PostgreSQL ...")
            self._postgres = self._stack.enter_context(
                EmbeddedPostgres.acquire(self.home / "state", linger=0)
            )
        return self._postgres

    @property
    def redis(self) -> "RedisServer":
        """Redis, started on first use; raises RedisMissingError."""
        if self._redis is None:
            self._redis = RedisServer(self.place("redis"))
            self._stack.callback(self._redis.stop)
        return self._redis

    def database(self, name: str, people: Sequence[Person]) -> Populated:
        """Return the database ``name``, made with ``people`` on first use."""
        if name not in self._databases:
            self.say(
                f"filling a database: {len(people)} users, {sum(one.sessions for one in people):,} sessions ..."
            )
            asyncio.run(_create(self.postgres.dsn, name))
            dsn = self.postgres.dsn_for(name)
            self._databases[name] = Populated(name, dsn, populate(dsn, people))
        return self._databases[name]

    def server(self, key: str, start: Callable[[], Server]) -> Server:
        """Return the running server ``key``, started on first use."""
        if key not in self._servers or self._servers[key].process.poll() is not None:
            self.say(f"starting {key} ...")
            self._servers[key] = start()
        if self._waits:
            self._servers[key].wait()
        return self._servers[key]

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within the block servers are started and not waited for: several start side by side."""
        self._waits = False
        try:
            yield
        finally:
            self._waits = True

    def end(self, server: Server) -> None:
        """End one server."""
        server.end()
        self._servers = {key: one for key, one in self._servers.items() if one is not server}

    def end_servers(self) -> None:
        """End all servers but PostgreSQL and Redis."""
        for server in self._servers.values():
            server.stop()
        for server in self._servers.values():
            server.end()
        self._servers.clear()

    def upstream(self, *options: str) -> Server:
        """Return the language model's stand-in that answers by ``options``."""

        def start() -> Server:
            port = free_port()
            command = [sys.executable, "-m", "tandem.bench.upstreams.llm", "--port", str(port), *options]
            return Server("upstream", command, port=port, home=self.place("upstream"), probe="/v1/models")

        return self.server(" ".join(("upstream", *options)), start).wait()

    def database_cpu(self) -> float:
        """CPU seconds of PostgreSQL so far."""
        if self._postgres is None:
            return 0.0
        try:
            pid = int((self._postgres.data_dir / "postmaster.pid").read_text().split()[0])
            own = psutil.Process(pid)
            return cpu_of([own, *own.children()])
        except (OSError, ValueError, psutil.Error):
            return 0.0


class RedisServer:
    """A redis-server of ours that keeps nothing on disk; it can be restarted in the middle of a measurement."""

    def __init__(self, home: Path) -> None:
        """Start it; raises RedisMissingError."""
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            raise RedisMissingError(
                "there is no redis-server here; install Redis or Valkey to measure with it"
            )
        self._command = [found, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(home)]
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, number: int = 0) -> str:
        """Its address, with a database of its own for each side."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(  # noqa: S603 - a program by its full path
            [*self._command, "--port", str(self.port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RedisMissingError("redis-server does not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _create(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(asyncpg_dsn(dsn), timeout=10)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    finally:
        await connection.close()
