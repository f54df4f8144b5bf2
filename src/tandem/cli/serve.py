"""`tandem serve`: one service on one port."""

from typing import Final

import click

from tandem.cli.runtime import run
from tandem.core.database.opening import opened
from tandem.core.errors import ConfigurationError
from tandem.core.serving.child import stop_with_parent
from tandem.core.serving.parent import Parent
from tandem.core.serving.plan import Plan, ServerName
from tandem.core.settings import LOOPBACK, Settings, load

SERVICES: Final = {
    "pomodoro": ("tandem.pomodoro.main:app", 5002),
    "tokimeki": ("tandem.tokimeki.main:app", 8080),
}


@click.command()
@click.argument("service", type=click.Choice(sorted(SERVICES)))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default: the service's own.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@click.option("--server", type=click.Choice(["granian", "uvicorn"]), default="granian", show_default=True)
@click.option("--parent", type=int, hidden=True, help="Stop when this process, our parent, ends.")
def serve(
    service: str, host: str, port: int | None, workers: int, server: ServerName, parent: int | None
) -> int:
    r"""Run SERVICE until Ctrl-C or SIGTERM.

    \b
    Examples:
      tandem serve pomodoro
      tandem serve pomodoro --port 5003 --workers 2 --server uvicorn
    """
    if parent is not None:
        stop_with_parent(parent)
    settings = load(bind=host)
    refuse_open_door(settings, host)
    target, default_port = SERVICES[service]
    if settings.database_url is None:
        # One process makes the embedded database fit, before several workers would try at once.
        run(_prepare(settings))
    plan = Plan(
        service=service, target=target, host=host, port=port or default_port, workers=workers, server=server,
        stop_seconds=max(1, int(settings.drain_limit - settings.drain_delay)),
    )  # fmt: skip
    return Parent(settings, plan).run()


def refuse_open_door(settings: Settings, host: str) -> None:
    """Refuse to listen beyond this machine without keys; raises ConfigurationError with the remedy."""
    if settings.auth_is_on:
        where = "" if host in LOOPBACK else f" on {host}"
        raise ConfigurationError(
            f"authentication is on{where}, but there is no API key yet; bind 127.0.0.1, or set TANDEM_AUTH=off"
            " behind something that authenticates"
        )


async def _prepare(settings: Settings) -> None:
    async with opened(settings, application_name="tandem-serve"):
        pass
