"""What every verb needs: settings, a clock, the database, and a way to run async code."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click
from rich.console import Console

from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.opening import opened
from tandem.core.database.pool import Database
from tandem.core.errors import InvalidInputError
from tandem.core.identity import user_name
from tandem.core.settings import Settings, load

T = TypeVar("T")

# Paths, names and cells of files are printed as they are: "[/b]" in them is text, never markup.
console = Console(markup=False, emoji=False)
errors = Console(stderr=True, markup=False, emoji=False)


def clock_of(settings: Settings, zone: str | None = None) -> SystemClock:
    """Return the machine's clock in ``zone``, by default the configured one."""
    return SystemClock(zone_named(zone or settings.timezone))


def user_option(_: click.Context, __: click.Parameter, value: str) -> str:
    """Check the name of a user as the services do."""
    try:
        return user_name(value)
    except InvalidInputError as error:
        raise click.BadParameter(error.message) from error


@asynccontextmanager
async def database(settings: Settings | None = None) -> AsyncIterator[Database]:
    """Open the configured database with a schema that fits; starts the embedded one where it is needed."""
    async with opened(settings or load(), application_name="tandem-cli") as opened_database:
        yield opened_database


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end."""
    return asyncio.run(work)
