"""Builds Tokimeki."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from tandem.ai import pricing
from tandem.ai.metrics import AIMetrics
from tandem.ai.providers import configured
from tandem.ai.stack import build_gateway
from tandem.ai.stream_exchange import StreamExchange
from tandem.ai.streaming import StreamHub
from tandem.core import app as core_app
from tandem.core import cache_gauges
from tandem.core.cache.opening import ServiceCache
from tandem.core.clock import Clock, SystemClock, zone_named
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
from tandem.core.owned_tasks import OwnedTasks
from tandem.core.resources import Resources
from tandem.core.settings import Settings, load
from tandem.core.tag_board import tag_board
from tandem.inference.metrics import ModelMetrics
from tandem.inference.sentiment.analyzer import analyzer_of
from tandem.inference.transcription import transcriber_of
from tandem.tokimeki import api, process_gauges
from tandem.tokimeki.access import ACCESS
from tandem.tokimeki.api.v1.endpoints import speech
from tandem.tokimeki.dependencies import ProcessContext
from tandem.tokimeki.limits import LIMITS
from tandem.tokimeki.services.quotes import configured as configured_quotes
from tandem.usage.budgets import Budgets
from tandem.usage.monitoring import UsageSection
from tandem.usage.recorder import UsageRecorder
from tandem.usage.reports import UsageReports
from tandem.usage.repository import UsageRepository
from tandem.usage.retention import keep_pruned

log = get_logger(__name__)

DESCRIPTION = """
Chat with language models: whole or streamed, compared side by side, with tokens, cost and times in every answer.

Without any key a small local model answers; every answer says who gave it. OpenAI's own clients work against `/v1`.
"""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Return the service under ``settings`` (default: from the environment), at the time of ``clock``.

    Opens nothing: the database, the pools and all tasks begin with the lifespan.
    """
    settings = settings or load()
    registry = Metrics(settings.metrics_dir, worker="tokimeki")
    observer = HttpMetrics.declare(registry)
    metrics = AIMetrics.declare(registry)
    process_metrics.declare(registry)
    time = clock or SystemClock(zone_named(settings.timezone))
    responses = ResponseCache("en")
    limits = Limits.of(settings, LIMITS, time, registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Resources() as resources:
            foundation = await lay(settings, time, registry, resources, service="tokimeki", limits=limits)
            app.state.keys = foundation.keys
            kept = await _keep_answers(app, foundation, responses)
            app.state.context = context = await _open(foundation, metrics, responses, kept)
            context.probe.started = True
            log.event("TOKIMEKI_READY", "serving", context={"models": list(context.catalog.providers)})
            yield
            context.drain.begin()
        registry.close()

    app = core_app.build(
        settings, title="Tokimeki", description=DESCRIPTION, lifespan=lifespan, observer=observer,
        uploads=dict.fromkeys(speech.UPLOADS, settings.max_upload),
        tags=api.TAGS, access=ACCESS, shortcuts=api.BUSIEST, responses=responses, limits=limits,
    )  # fmt: skip
    core_app.add_routes(app, api.ROUTERS)
    return app


async def _keep_answers(app: FastAPI, foundation: Foundation, responses: ResponseCache) -> ServiceCache:
    """Open the cache of finished answers; a database that is down is not waited for."""
    board, listener = tag_board(foundation.database, foundation.clock)
    resources = foundation.resources
    await resources.add("changes", open=listener.open, close=listener.close, ping=listener.ping)
    catalog = configured.catalog(foundation.settings)
    kept = ServiceCache(
        foundation.settings, foundation.clock, foundation.database, service="tokimeki",
        also=(catalog.models, catalog.default_model, sorted(catalog.providers)),
    )  # fmt: skip
    await resources.add("cache", open=kept.open, close=kept.close, ping=kept.ping)
    responses.open(app, Backing(kept.cache, board, foundation.clock))
    cache_gauges.declare(foundation.registry, responses)
    return kept


async def _open(
    foundation: Foundation, metrics: AIMetrics, responses: ResponseCache, kept: ServiceCache
) -> ProcessContext:
    """Open what this service adds to the foundation.

    Streams are opened last, so that at the end they are closed first and their records still find the recorder, the
    budgets and the pool.
    """
    settings, clock, resources = foundation.settings, foundation.clock, foundation.resources
    usage = settings.home_path / "usage"
    recorder = UsageRecorder(foundation.database, usage)
    await resources.add("usage", open=recorder.open, close=recorder.close, ping=recorder.ping)
    budgets = Budgets(foundation.database, clock, usage)
    await resources.add("budgets", open=budgets.open, close=budgets.close, ping=budgets.ping)
    pruning = OwnedTasks(keep_pruned(foundation.database, clock))
    await resources.add("pruning", open=pruning.open, close=pruning.close, ping=pruning.ping)
    process_gauges.declare(foundation.registry, foundation.database, recorder, budgets)
    http = configured.http_client(settings)
    await resources.add("http", open=http.open, close=http.close, ping=http.ping)
    market = configured_quotes.market(settings, http, clock, foundation.registry)
    await resources.add("market", open=market.open, close=market.close, ping=market.ping)
    catalog, prices = configured.catalog(settings), pricing.published()
    gateway = build_gateway(
        settings, http, clock, catalog, prices, recorder, budgets, metrics,
        lambda: foundation.drain.started, foundation.limiter,
    )  # fmt: skip
    await resources.add("gateway", open=gateway.open, close=gateway.close, ping=gateway.ping)
    responses.on_cleared[:] = [market.forget, gateway.forget_answers]
    jobs = Jobs(foundation.database)
    await resources.add("jobs", open=jobs.open, close=jobs.close, ping=jobs.ping)
    transcriber = transcriber_of(settings)
    await resources.add("speech", open=transcriber.open, close=transcriber.close, ping=transcriber.ping)
    process_gauges.declare_speech(foundation.registry, transcriber)
    analyzer = analyzer_of(settings, kept.cache, ModelMetrics(foundation.registry, "sentiment"))
    await resources.add("sentiment", open=analyzer.open, close=analyzer.close, ping=analyzer.ping)
    hub = StreamHub(foundation.drain)
    await resources.add("streams", open=hub.open, close=hub.close, ping=hub.ping)
    exchange = StreamExchange(hub, foundation.database)
    await resources.add("exchange", open=exchange.open, close=exchange.close, ping=exchange.ping)
    probe = Probe(
        resources, foundation.drain, can_serve_without=lambda: catalog.api_configured and foundation.knows_callers,
        schema_fault=lambda: foundation.schema.fault,
    )  # fmt: skip
    ledger = UsageRepository(foundation.database)
    reports = UsageReports(ledger, recorder, clock, started=clock.now())
    monitor = Monitor(
        foundation.registry, clock, probe, service="tokimeki", pool_limit=settings.db_pool_max,
        usage=UsageSection(ledger, recorder), jobs=JobsSection(foundation.database),
    )  # fmt: skip
    await resources.add("monitoring", open=monitor.open, close=monitor.close, ping=monitor.ping)
    return ProcessContext(
        settings=settings, clock=clock, registry=foundation.registry, database=foundation.database, catalog=catalog,
        gateway=gateway, prices=prices, budgets=budgets, reports=reports, hub=hub, exchange=exchange,
        market=market, responses=responses, drain=foundation.drain, probe=probe,
        jobs=jobs, transcriber=transcriber, analyzer=analyzer,
        monitor=monitor,
    )  # fmt: skip
