"""Builds the Pomodoro ML service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from tandem.core import app as core_app
from tandem.core.clock import Clock, SystemClock, zone_named
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.foundation import Foundation, lay, refuse_open_door
from tandem.core.observability import process_metrics
from tandem.core.observability.health import Probe
from tandem.core.observability.http_metrics import HttpMetrics
from tandem.core.observability.logger import get_logger
from tandem.core.observability.metrics import Metrics
from tandem.core.resources import Resources
from tandem.core.settings import Settings, load
from tandem.pomodoro import api, process_gauges
from tandem.pomodoro.api.sessions import IMPORT_PATH
from tandem.pomodoro.dependencies import ProcessContext
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.repositories.snapshot_repository import SnapshotRepository
from tandem.pomodoro.services.snapshot_store import SnapshotStore

log = get_logger(__name__)

LISTEN_SECONDS = 2.0
"""How long a start waits to hear of changes."""

DESCRIPTION = """
Learns from a person's focus sessions: recommendations, forecasts, analysis, a workload-change signal.

Ratings are 0-100, Monday is 0, days begin at midnight in the configured zone. Every answer says what it
stands on: `basis`, sample sizes, intervals, `confidence`. Texts are Czech or English, by `Accept-Language`.
"""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Return the service under ``settings`` (default: from the environment), at the time of ``clock``.

    Opens nothing: the database and all tasks begin with the lifespan.
    """
    settings = settings or load()
    registry = Metrics(settings.metrics_dir, worker="pomodoro")
    observer = HttpMetrics.declare(registry, uncounted=frozenset({"/api/health"}))
    metrics = PomodoroMetrics.declare(registry, model=settings.ollama_model)
    process_metrics.declare(registry)
    time = clock or SystemClock(zone_named(settings.timezone))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        refuse_open_door(settings)
        async with Resources() as resources:
            foundation = await lay(settings, time, registry, resources, service="pomodoro")
            app.state.context = context = await _open(foundation, metrics)
            context.probe.started = True
            log.event("ML_SERVICE_READY", "serving", context={"database": settings.database_host})
            yield
            context.drain.begin()
        registry.close()

    app = core_app.build(
        settings, title=settings.app_name, description=DESCRIPTION, lifespan=lifespan, observer=observer,
        uploads={IMPORT_PATH: settings.max_upload}, tags=api.TAGS,
    )  # fmt: skip
    for router in api.ROUTERS:
        app.include_router(router)
    return app


async def _open(foundation: Foundation, metrics: PomodoroMetrics) -> ProcessContext:
    """Open what this service adds to the foundation."""
    settings, resources, database = foundation.settings, foundation.resources, foundation.database
    store, listener = _snapshots(settings, foundation.clock, database)
    await resources.add("changes", open=listener.open, close=listener.close, ping=listener.ping)
    with suppress(TimeoutError):
        # A start with PostgreSQL down is served too; a usual one should not begin with "disconnected".
        async with asyncio.timeout(LISTEN_SECONDS):
            await listener.wait_until_listening()
    process_gauges.declare(foundation.registry, database, listener, store)
    probe = Probe(
        resources, foundation.drain, can_serve_without=lambda: store.is_warm,
        schema_fault=lambda: foundation.schema.fault,
    )  # fmt: skip
    return ProcessContext(
        settings=settings, clock=foundation.clock, registry=foundation.registry, metrics=metrics, database=database,
        listener=listener, store=store, drain=foundation.drain, probe=probe,
    )  # fmt: skip


def _snapshots(settings: Settings, clock: Clock, database: Database) -> tuple[SnapshotStore, ChangeListener]:
    """Return the store and the listener that keeps it current; each needs to know the other."""
    store = SnapshotStore(
        SnapshotRepository(database),
        clock,
        budget=settings.snapshot_memory,
        listening=lambda: listener.listening,
    )
    listener = ChangeListener(
        database, on_versions=store.on_versions, on_change=store.on_change, on_lost=store.on_lost
    )
    return store, listener
