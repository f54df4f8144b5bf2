"""Tokimeki as an old client finds it: OpenRouter configured, nobody else."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from integration.tokimeki.serving import Service, Upstream


@pytest.fixture(scope="session")
def _provider() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="session")
def _served(postgres, _provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        dsn = runner.run(stack.enter_async_context(postgres.new_database(postgres.template)))
        service = Service(dsn, tmp_path_factory.mktemp("tokimeki"), _provider)
        yield service
        service.stop()
        runner.run(stack.aclose())


@pytest.fixture
def upstream(_provider: Upstream) -> Upstream:
    """OpenRouter's place, answering twenty tokens at once."""
    _provider.answers()
    return _provider


@pytest.fixture
def tokimeki(_served: Service, upstream: Upstream) -> Service:
    """The service."""
    _served.forgive()
    return _served
