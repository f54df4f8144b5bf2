"""Builds the Pomodoro ML service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import FastAPI

from tandem.core import app as core_app
from tandem.core import garbage
from tandem.core.cache.opening import ServiceCache
from tandem.core.clock import Clock, SystemClock, zone_named
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.database.version_board import VersionBoard
from tandem.core.foundation import Foundation, lay
from tandem.core.jobs import Jobs
from tandem.core.limits.limits import Limits
from tandem.core.middleware.response_cache import Backing, ResponseCache
from tandem.core.monitoring.jobs import JobsSection
from tandem.core.monitoring.monitor import Monitor
from tandem.core.observability import process_metrics
from tandem.core.observability.health import Probe
from tandem.core.observability.http_metrics import HttpMetrics
from tandem.core.observability.logger import get_logger
from tandem.core.observability.metrics import Metrics
from tandem.core.resources import Resources
from tandem.core.settings import Settings, load
from tandem.pomodoro import ai_model, api, process_gauges
from tandem.pomodoro.access import ACCESS
from tandem.pomodoro.api.sessions import IMPORT_PATH
from tandem.pomodoro.dependencies import ProcessContext
from tandem.pomodoro.embedding import open_embedder
from tandem.pomodoro.limits import LIMITS
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.repositories.ai_answer_repository import AIAnswerRepository
from tandem.pomodoro.repositories.snapshot_repository import SnapshotRepository
from tandem.pomodoro.services.ai_health_service import AIHealthService, Watched
from tandem.pomodoro.services.ai_sharing import AnswerSharing
from tandem.pomodoro.services.ai_writer import Author, ModelWriter
from tandem.pomodoro.services.related_notes import Retrieval
from tandem.pomodoro.services.snapshot_store import SnapshotStore
from tandem.pomodoro.services.warm_up import warm_up

log = get_logger(__name__)

LISTEN_SECONDS = 2.0
"""How long a start waits to hear of changes."""

DESCRIPTION = """
Learns from a person's focus sessions: recommendations, forecasts, analysis, a workload-change signal.

Ratings are 0-100, Monday is 0, days begin at midnight in the configured zone. Forecasts,
recommendations and predictions say what they stand on: `basis`, sample sizes, intervals or `confidence`. Texts are Czech or English, by `Accept-Language`.
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
    responses = ResponseCache(settings.language)
    limits = Limits.of(settings, LIMITS, time, registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Resources() as resources:
            foundation = await lay(settings, time, registry, resources, service="pomodoro", limits=limits)
            app.state.keys = foundation.keys
            app.state.context = context = await _open(foundation, metrics, responses, app)
            context.probe.started = True
            log.event("ML_SERVICE_READY", "serving", context={"database": settings.database_host})
            yield
            context.drain.begin()
        registry.close()

    app = core_app.build(
        settings, title=settings.app_name, description=DESCRIPTION, lifespan=lifespan, observer=observer,
        uploads={IMPORT_PATH: settings.max_upload}, tags=api.TAGS, access=ACCESS,
        shortcuts=api.BUSIEST, responses=responses, limits=limits,
    )  # fmt: skip
    core_app.add_routes(app, api.ROUTERS)
    return app


async def _open(
    foundation: Foundation, metrics: PomodoroMetrics, responses: ResponseCache, app: FastAPI
) -> ProcessContext:
    """Open what this service adds to the foundation."""
    settings, resources, database = foundation.settings, foundation.resources, foundation.database
    known = _know_changes(settings, foundation.clock, database)
    store, listener = known.store, known.listener
    await resources.add("changes", open=listener.open, close=listener.close, ping=listener.ping)
    kept = ServiceCache(settings, foundation.clock, database, service="pomodoro")
    await resources.add("cache", open=kept.open, close=kept.close, ping=kept.ping)
    responses.open(app, Backing(kept.cache, known.board, foundation.clock))
    with suppress(TimeoutError):
        # A start with PostgreSQL down is served too; a usual one should not begin with "disconnected".
        async with asyncio.timeout(LISTEN_SECONDS):
            await listener.wait_until_listening()
    await warm_up(store, known.repository, foundation.clock, seconds=settings.warm_seconds)
    garbage.spare_what_is_ready()
    process_gauges.declare(foundation.registry, database, listener, store)
    process_gauges.declare_cache(foundation.registry, metrics, responses)
    choice = ai_model.choose(settings)
    access = None if choice is None else await ai_model.open_access(foundation, choice)
    sharing = AnswerSharing(AIAnswerRepository(database), metrics)
    await resources.add("ai_answers", open=sharing.open, close=sharing.close, ping=sharing.ping)
    writer = None if access is None else ModelWriter(
        access.gateway.chat, Author(access.choice.key, access.choice.profile.name), foundation.clock, metrics
    )  # fmt: skip
    jobs = Jobs(database)
    await resources.add("jobs", open=jobs.open, close=jobs.close, ping=jobs.ping)
    embedder = await open_embedder(settings, resources, asked=True)
    retrieval = Retrieval()
    await resources.add("retrieval", open=retrieval.open, close=retrieval.close, ping=retrieval.ping)
    probe = Probe(
        resources, foundation.drain, can_serve_without=lambda: store.is_warm and foundation.knows_callers,
        schema_fault=lambda: foundation.schema.fault,
    )  # fmt: skip
    monitor = Monitor(
        foundation.registry,
        foundation.clock,
        probe,
        service="pomodoro",
        pool_limit=settings.db_pool_max,
        jobs=JobsSection(database),
    )
    await resources.add("monitoring", open=monitor.open, close=monitor.close, ping=monitor.ping)
    return ProcessContext(
        settings=settings, clock=foundation.clock, registry=foundation.registry, metrics=metrics, database=database,
        listener=listener, store=store, responses=responses, writer=writer, sharing=sharing, retrieval=retrieval,
        ai_health=AIHealthService(_watched(settings, access), foundation.clock), jobs=jobs, embedder=embedder,
        drain=foundation.drain, probe=probe,
        monitor=monitor,
    )  # fmt: skip


def _watched(settings: Settings, access: ai_model.ModelAccess | None) -> Watched:
    if access is None:
        name = settings.ai_provider.strip().lower()
        off = name == "ollama" and not settings.ollama_enabled
        model = settings.ollama_model if name == "ollama" else settings.ai_model
        return Watched(name or "rules", model, "", None, disabled=off)
    profile = access.choice.profile
    model = profile.model_for(access.choice.key)
    return Watched(profile.name, model, profile.base_url, access.provider, disabled=False)


@dataclass(frozen=True, slots=True)
class _Changes:
    """Who hears of changes, and who is told."""

    repository: SnapshotRepository
    store: SnapshotStore
    board: VersionBoard
    listener: ChangeListener


def _know_changes(settings: Settings, clock: Clock, database: Database) -> _Changes:
    """Return the store, the board, and the listener that keeps both current; each needs to know the others."""
    repository = SnapshotRepository(database)
    board = VersionBoard(listening=lambda: listener.listening, read=repository.version, clock=clock)
    store = SnapshotStore(
        repository,
        clock,
        budget=settings.snapshot_memory,
        listening=lambda: listener.listening,
        also=board.on_change,
    )

    def on_versions(versions: dict[str, int]) -> None:
        board.on_versions(versions)
        store.on_versions(versions)

    def on_lost() -> None:
        board.on_lost()
        store.on_lost()

    listener = ChangeListener(database, on_versions=on_versions, on_change=store.on_change, on_lost=on_lost)
    return _Changes(repository, store, board, listener)
