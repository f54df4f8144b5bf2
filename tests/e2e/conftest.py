"""One PostgreSQL for all servers of these tests; each test is a user of its own."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from integration.servers import PrivateServer
from tandem.core.database import schema

_number = itertools.count(1)


@pytest.fixture(scope="session")
def shared_database() -> Iterator[str]:
    """The address of a migrated database, with a password that nobody may ever read in a log."""
    server = PrivateServer()
    try:
        server.start()
        asyncio.run(schema.upgrade(server.dsn()))
        yield server.dsn(tcp=True).replace("owner@", "owner:pass-word-of-the-database@")
    finally:
        server.remove()


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return f"user-{next(_number)}"
