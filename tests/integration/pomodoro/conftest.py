"""A running Pomodoro ML at a time that stands still: one shared by all tests, each as a user of its own."""

import asyncio
import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from contract.service import Service

PRAGUE = ZoneInfo("Europe/Prague")
NOW = dt.datetime(2026, 3, 4, 10, 30, tzinfo=PRAGUE)
"""A Wednesday morning."""

_number = itertools.count(1)


@pytest.fixture(scope="session")
def service(postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The shared service: Wednesday, 4 March 2026, 10:30 in Prague."""
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        dsn = runner.run(stack.enter_async_context(postgres.new_database(postgres.template)))
        served = Service(dsn, NOW, tmp_path_factory.mktemp("home")).start()
        try:
            yield served
        finally:
            served.stop()
            runner.run(stack.aclose())


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return f"user-{next(_number)}"


@pytest.fixture
def client(service: Service, user: str) -> Iterator[httpx2.Client]:
    """A client that speaks for ``user``."""
    with httpx2.Client(base_url=service.url, timeout=15, headers={"X-User-ID": user}) as opened:
        yield opened


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start services on a database of the test's own: ``start(now=..., **settings)``."""
    started: list[Service] = []

    def begin(now: dt.datetime = NOW, **settings: Any) -> Service:
        started.append(Service(database_url, now, tmp_path, **settings))
        return started[-1].start()

    yield begin
    while started:
        started.pop().stop()
