"""`tandem serve`: one service on one port."""

from contextlib import suppress
from typing import Final, NamedTuple

import click

from tandem.cli.runtime import clock_of, run
from tandem.core.auth.door import require_key
from tandem.core.database import schema
from tandem.core.database.opening import opened
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.serving.lifeline import stop_with_parent
from tandem.core.serving.parent import become
from tandem.core.serving.plan import Plan, ServerName
from tandem.core.settings import Settings, load


class Served(NamedTuple):
    """A service: what is served, the module that several workers have in common, and its port."""

    target: str
    shared: str
    port: int


SERVICES: Final = {
    "pomodoro": Served("tandem.pomodoro.main:app", "tandem.pomodoro.app", 5002),
    "tokimeki": Served("tandem.tokimeki.main:app", "tandem.tokimeki.app", 8080),
}


@click.command()
@click.argument("service", type=click.Choice(sorted(SERVICES)))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port; default: the service's own, 5002 or 8080 (PORT for Tokimeki, as on its old hosts).",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--server", type=click.Choice(["granian", "uvicorn"]), default="granian", show_default=True)
@click.option("--parent", type=int, hidden=True, help="Stop when this process, our parent, ends.")
def serve(
    service: str, host: str, port: int | None, workers: int, server: ServerName, parent: int | None
) -> None:
    """Run SERVICE until Ctrl-C or SIGTERM.

    \b
    Examples:
      tandem serve pomodoro
      tandem serve pomodoro --port 5003 --workers 2 --server uvicorn
      tandem keys create me --scope admin && tandem serve pomodoro --host 0.0.0.0
    """
    if parent is not None:
        stop_with_parent(parent)
    settings = load(bind=host)
    served = SERVICES[service]
    run(_prepare(settings))
    # The old Tokimeki read PORT, as its hosts set it; Pomodoro ML never did.
    own = settings.port if service == "tokimeki" and settings.port else served.port
    plan = Plan(
        service=service, target=served.target, host=host, port=port or own, workers=workers, server=server,
        stop_seconds=max(1, int(settings.drain_limit - settings.drain_delay)), home=str(settings.home_path),
        drain_delay=settings.drain_delay, drain_limit=settings.drain_limit, owner=parent or 0,
        batches=settings.scheduling == "batch", shared=served.shared,
    )  # fmt: skip
    become(plan)


async def _prepare(settings: Settings) -> None:
    if settings.database_url is None:
        # One process makes the embedded database fit, before several workers would try at once.
        async with opened(settings, application_name="tandem-serve") as database:
            await refuse_open_door(settings, database)
    elif settings.auth_is_on:
        with suppress(OperationalError):
            # Out of reach or behind in schema: the service starts, says so, and lets nobody in.
            async with opened(settings, application_name="tandem-serve", check_schema=False) as database:
                (await schema.state(database)).require()
                await refuse_open_door(settings, database)


async def refuse_open_door(settings: Settings, database: Database) -> None:
    """Raise ConfigurationError with the remedy when callers would need keys that do not exist."""
    if settings.auth_is_on:
        await require_key(database, clock_of(settings).now())
