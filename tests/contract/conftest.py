"""Services on the data of :mod:`contract.datasets`, started when the first test asks and shared by all.

``service`` walks through all cases; ``running("large")`` gives one of them; ``person(rows)`` a service with
sessions of the test's own, which the test may change.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from contract import datasets
from contract.datasets import Row
from contract.service import Service


class Databases:
    """Fresh databases for tests that are not asynchronous."""

    def __init__(self, postgres) -> None:
        self._postgres = postgres
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def new(self, rows: Sequence[Row]) -> str:
        """Return the address of a migrated database with ``rows``."""
        return self._runner.run(self._new(rows))

    async def _new(self, rows: Sequence[Row]) -> str:
        dsn = await self._stack.enter_async_context(self._postgres.new_database(self._postgres.template))
        if rows:
            await datasets.write(dsn, rows)
        return dsn

    def close(self) -> None:
        """Drop them all."""
        self._runner.run(self._stack.aclose())
        self._runner.close()


class Services:
    """Starts services and stops them."""

    def __init__(self, databases: Databases, home: Path) -> None:
        self._databases = databases
        self._home = home
        self._shared: dict[str, Service] = {}
        self._dsns: dict[str, str] = {}
        self._started: list[Service] = []

    def case(self, name: str) -> Service:
        """Return the service of a case; nobody may change its data."""
        if name not in self._shared:
            wanted, now = datasets.CASES.get(name, (name, datasets.NOW))
            if wanted not in self._dsns:
                self._dsns[wanted] = self._databases.new(datasets.SETS[wanted])
            self._shared[name] = self.start(self._dsns[wanted], now)
        return self._shared[name]

    def start(self, dsn: str, now: dt.datetime) -> Service:
        """Start one more."""
        service = Service(dsn, now, self._home)
        self._started.append(service)
        return service.start()

    def close(self) -> None:
        """Stop them all."""
        while self._started:
            self._started.pop().stop()


@pytest.fixture(scope="session")
def databases(postgres) -> Iterator[Databases]:
    """Where tests get databases."""
    made = Databases(postgres)
    yield made
    made.close()


@pytest.fixture(scope="session")
def services(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The shared services."""
    made = Services(databases, tmp_path_factory.mktemp("contract"))
    yield made
    made.close()


@pytest.fixture(params=datasets.CASES)
def service(request: pytest.FixtureRequest, services: Services) -> Service:
    """Each case in turn."""
    return services.case(request.param)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> str:
    """The name of the case that ``service`` serves."""
    return request.node.callspec.params["service"]


@pytest.fixture(scope="session")
def running(services: Services) -> Callable[[str], Service]:
    """One of the cases by name."""
    return services.case


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """A service of the test's own: ``person(rows, now=...)``."""
    own = Services(databases, tmp_path)

    def start(rows: Sequence[Row] = (), now: dt.datetime = datasets.NOW) -> Service:
        return own.start(databases.new(rows), now)

    yield start
    own.close()
