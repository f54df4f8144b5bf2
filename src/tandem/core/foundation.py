"""What every service opens first, in the order of dependence."""

import asyncio
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from tandem.core.auth.directory import KeyDirectory
from tandem.core.auth.door import NO_KEY
from tandem.core.clock import Clock
from tandem.core.database.opening import Source
from tandem.core.database.pool import Database
from tandem.core.database.schema_watch import SchemaWatch
from tandem.core.drain import Drain
from tandem.core.errors import ConfigurationError
from tandem.core.limits.limiter import Limiter
from tandem.core.limits.limits import Limits
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
    keys: KeyDirectory | None
    """Who may call; None while authentication is off."""
    limiter: Limiter | None
    """How much they may ask; None where nothing is limited."""

    @property
    def knows_callers(self) -> bool:
        """Whether any caller could be let in right now."""
        return self.keys is None or self.keys.usable


async def lay(  # noqa: PLR0913 - what everything stands on
    settings: Settings, clock: Clock, registry: Metrics, resources: Resources, *, service: str, limits: Limits | None = None,
) -> Foundation:  # fmt: skip
    """Open drain, PostgreSQL, pool, schema watch, API keys, limits and the loops that keep metrics fresh.

    Raises EmbeddedDatabaseError with the remedy, and ConfigurationError when callers would need keys that do not exist. A
    configured database that is down is waited for in the background; until then nobody who needs a key is let in.
    """
    drain = Drain(settings.run_dir)
    await resources.add("drain", open=drain.open, close=drain.close, ping=drain.ping)
    source = Source.of(settings)
    await resources.add("server", open=source.start, close=source.release, ping=source.ping)
    database = source.pool(settings, application_name=f"tandem-{service}")
    await resources.add("database", open=database.open, close=database.close, ping=database.ping)
    schema = SchemaWatch(source, database)
    await resources.add("schema", open=schema.open, close=schema.close, ping=schema.ping)
    keys = await _keys(settings, clock, database, resources)
    _count_tasks(registry)
    # What carries threads and streams for the framework is loaded at first use, while everybody waits: now nobody does.
    await run_in_threadpool(int)
    tasks = OwnedTasks(
        loop_lag.watch(loop_lag.declare(registry)),
        loop_lag.watch_work(loop_lag.declare_work(registry), interval=settings.loop_watch),
        keep_sampled(registry),
    )
    await resources.add("tasks", open=tasks.open, close=tasks.close, ping=tasks.ping)
    if limits is not None:
        await resources.add("limits", open=limits.open, close=limits.close, ping=limits.ping)
    limiter = None if limits is None else limits.limiter
    return Foundation(settings, clock, registry, resources, drain, source, database, schema, keys, limiter)


async def _keys(
    settings: Settings, clock: Clock, database: Database, resources: Resources
) -> KeyDirectory | None:
    if not settings.auth_is_on:
        return None
    keys = KeyDirectory(database, clock)
    await resources.add("keys", open=keys.open, close=keys.close, ping=keys.ping)
    if keys.is_empty:
        raise ConfigurationError(NO_KEY)
    return keys


def _count_tasks(registry: Metrics) -> None:
    loop = asyncio.get_running_loop()
    registry.gauge_callback(
        "tandem_tasks", "Tasks of the event loop", lambda: float(len(asyncio.all_tasks(loop)))
    )
