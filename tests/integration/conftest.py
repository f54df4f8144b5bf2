"""A PostgreSQL that a test may break; the shared one is in the conftest of all tests."""

from collections.abc import Iterator

import pytest

from integration.command import tandem  # noqa: F401 - a fixture for all
from integration.redis_server import redis_server  # noqa: F401 - a fixture for all
from integration.servers import PrivateServer


@pytest.fixture
def private_server() -> Iterator[PrivateServer]:
    """A started server that the test may kill, freeze and start again."""
    server = PrivateServer()
    try:
        server.start()
        yield server
    finally:
        server.thaw()
        server.remove()
