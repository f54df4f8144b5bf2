"""What every service opens first, in the order of dependence."""

from dataclasses import dataclass

from tandem.core.clock import Clock
from tandem.core.database.opening import Source
from tandem.core.database.pool import Database
from tandem.core.database.schema_watch import SchemaWatch
from tandem.core.drain import Drain
from tandem.core.errors import ConfigurationError
from tandem.core.observability import loop_lag
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.sampling import keep_sampled
from tandem.core.owned_tasks import OwnedTasks
from tandem.core.resources import Resources
from tandem.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Foundation:
    """The opened parts; ``resources`` closes them, and what a service adds, in the reverse order."""

    settings: Settings
    clock: Clock
    registry: Metrics
    resources: Resources
    drain: Drain
    source: Source
    database: Database
    schema: SchemaWatch


async def lay(
    settings: Settings, clock: Clock, registry: Metrics, resources: Resources, *, service: str
) -> Foundation:
    """Open drain, PostgreSQL, pool, schema watch and the loops that keep metrics fresh.

    Raises EmbeddedDatabaseError with the remedy; a configured database that is down is waited for in the background.
    """
    drain = Drain(settings.run_dir)
    await resources.add("drain", open=drain.open, close=drain.close, ping=drain.ping)
    source = Source.of(settings)
    await resources.add("server", open=source.start, close=source.release, ping=source.ping)
    database = source.pool(settings, application_name=f"tandem-{service}")
    await resources.add("database", open=database.open, close=database.close, ping=database.ping)
    schema = SchemaWatch(source, database)
    await resources.add("schema", open=schema.open, close=schema.close, ping=schema.ping)
    tasks = OwnedTasks(loop_lag.watch(loop_lag.declare(registry)), keep_sampled(registry))
    await resources.add("tasks", open=tasks.open, close=tasks.close, ping=tasks.ping)
    return Foundation(settings, clock, registry, resources, drain, source, database, schema)


def refuse_open_door(settings: Settings) -> None:
    """Raise ConfigurationError when callers would need keys that do not exist."""
    if settings.auth_is_on:
        raise ConfigurationError(
            "authentication is on, because this server was not started by `tandem serve` on loopback, and there"
            " is no API key yet; set TANDEM_AUTH=off behind something that authenticates"
        )
