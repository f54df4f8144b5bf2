"""Running services beside one upstream; each test is a user of its own.

``one``: a single provider, so that its failures are seen; ``many``: two providers and none that stands in by
itself; ``bare``: only the local model is configured.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from integration.tokimeki.serving import SECRET, WISHES, Service, Upstream

_number = itertools.count(1)


@pytest.fixture(scope="session")
def provider() -> Iterator[Upstream]:
    """The upstream of all services."""
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def upstream(provider: Upstream) -> Upstream:
    """The upstream, answering twenty tokens at once."""
    provider.answers()
    return provider


@pytest.fixture(scope="session")
def chat_database(postgres) -> Iterator[str]:
    """One migrated database for all shared services."""
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        yield runner.run(stack.enter_async_context(postgres.new_database(postgres.template)))
        runner.run(stack.aclose())


def _served(service: Service) -> Iterator[Service]:
    yield service
    service.stop()


@pytest.fixture(scope="session")
def _one(
    chat_database: str, provider: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    yield from _served(Service(chat_database, tmp_path_factory.mktemp("one"), provider))


@pytest.fixture(scope="session")
def _many(
    chat_database: str, provider: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    settings = {"openai_api_key": SECRET, "openai_url": provider.base_url, "openai_models": WISHES}
    yield from _served(Service(chat_database, tmp_path_factory.mktemp("many"), provider, **settings))


@pytest.fixture(scope="session")
def bare(
    chat_database: str, provider: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Only the local model is configured."""
    settings = {"local_enabled": True, "local_url": provider.base_url}
    yield from _served(Service(chat_database, tmp_path_factory.mktemp("bare"), None, **settings))


@pytest.fixture
def one(_one: Service, upstream: Upstream) -> Service:
    """OpenRouter is the only provider."""
    _one.forgive()
    return _one


@pytest.fixture
def many(_many: Service, upstream: Upstream) -> Service:
    """OpenRouter and OpenAI are configured."""
    _many.forgive()
    return _many


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return f"person-{next(_number)}"


@pytest.fixture
def start(database_url: str, tmp_path: Path, upstream: Upstream) -> Iterator[Callable[..., Service]]:
    """Start services on a database of the test's own: ``start(**settings)``."""
    started: list[Service] = []

    def begin(**settings: Any) -> Service:
        started.append(Service(database_url, tmp_path, upstream, **settings))
        return started[-1]

    yield begin
    while started:
        started.pop().stop()
