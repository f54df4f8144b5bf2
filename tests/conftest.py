"""A real PostgreSQL for all tests that ask, and a database of its own for each of them.

``TANDEM_TEST_DATABASE_URL`` names a server to use (its user may create databases); without it an embedded one is
started. A fresh database is a copy of a migrated one and takes about a tenth of a second.

Fixtures: ``database`` (opened, migrated) and ``database_url``, ``empty_database_url`` (no tables at all),
``postgres`` (the server: ``dsn_for(name)``, ``admin``, ``new_database(template)``).
"""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

import blocking
from integration.servers import quick_directory
from tandem.core.database import schema
from tandem.core.database.embedded import EmbeddedPostgres
from tandem.core.database.pool import Database, asyncpg_dsn

RUN = secrets.token_hex(3)


class Postgres:
    """The shared server."""

    def __init__(self, dsn: str) -> None:
        self._dsn = asyncpg_dsn(dsn)
        self.template = f"tandem_test_{RUN}_template"

    def dsn_for(self, name: str) -> str:
        return urlunsplit(urlsplit(self._dsn)._replace(path=f"/{name}"))

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection outside of all test databases."""
        connection = await asyncpg.connect(self._dsn, timeout=10)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def new_database(self, template: str = "template0") -> AsyncIterator[str]:
        """A new database, its address, dropped at the end whoever is still connected."""
        name = f"tandem_test_{RUN}_{secrets.token_hex(4)}"
        async with self.admin() as admin:
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.dsn_for(name)
        finally:
            await self.drop(name)

    async def make_template(self) -> None:
        async with self.admin() as admin:
            await admin.execute(f"CREATE DATABASE {self.template} TEMPLATE template0")
        await schema.upgrade(self.dsn_for(self.template))

    async def drop(self, name: str) -> None:
        async with self.admin() as admin:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test run."""
    if given := os.environ.get("TANDEM_TEST_DATABASE_URL"):
        yield from _prepared(Postgres(given))
        return
    home = quick_directory("tandem-test-home-")
    try:
        with EmbeddedPostgres.acquire(home, linger=0) as server:
            running = server.data_dir / "postmaster.pid"
            asyncio.run(_hurry(server.dsn))
            yield from _prepared(Postgres(server.dsn))
        deadline = time.monotonic() + 10
        while running.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _prepared(server: Postgres) -> Iterator[Postgres]:
    asyncio.run(server.make_template())
    try:
        yield server
    finally:
        asyncio.run(server.drop(server.template))


async def _hurry(dsn: str) -> None:
    """Spare the disk: nothing of this server is kept."""
    connection = await asyncpg.connect(dsn, timeout=10)
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        await connection.execute(f"ALTER SYSTEM SET {setting}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@pytest.fixture(scope="session", autouse=True)
def blocking_watch() -> Iterator[blocking.Watch]:
    """Nothing may block an event loop that runs our code; ``stop`` it around what measures times."""
    watch = blocking.Watch()
    watch.start()
    yield watch
    watch.stop()


@pytest.fixture(autouse=True)
def nothing_blocks() -> Iterator[None]:
    """Tell of blocking calls that the code above them caught."""
    yield
    calls, blocking.BlockedError.calls[:] = list(blocking.BlockedError.calls), []
    assert not calls, "\n".join(calls)


@pytest.fixture
async def database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a migrated database without rows."""
    async with postgres.new_database(postgres.template) as dsn:
        yield dsn


@pytest.fixture
async def empty_database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a database without tables."""
    async with postgres.new_database() as dsn:
        yield dsn


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An opened pool on a migrated database without rows."""
    async with Database(database_url) as opened:
        yield opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first: one that began last would keep one process busy while the others have nothing."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Make captured output fit to travel between processes: tests of odd input log half characters on purpose."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report
