"""The one place of composition: what the process holds, and how a request gets its services."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.routing import Route

from tandem.ai.messages import Asker
from tandem.core import annotations
from tandem.core.cache_operations import CacheOperations
from tandem.core.caller import UserDep, key_of
from tandem.core.clock import Clock
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.drain import Drain
from tandem.core.i18n import Language, negotiate, translator
from tandem.core.jobs import Jobs
from tandem.core.middleware.response_cache import ResponseCache
from tandem.core.monitoring.monitor import Monitor
from tandem.core.observability import tracing
from tandem.core.observability.health import Probe
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.inference.embeddings import Embedder
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.repositories.ai_answer_repository import AIAnswerRepository
from tandem.pomodoro.repositories.import_repository import ImportRepository
from tandem.pomodoro.repositories.person_repository import PersonRepository
from tandem.pomodoro.repositories.search_repository import SearchRepository
from tandem.pomodoro.repositories.session_repository import SessionRepository
from tandem.pomodoro.repositories.user_repository import UserRepository
from tandem.pomodoro.services.ai_cache_service import AICacheService
from tandem.pomodoro.services.ai_health_service import AIHealthService
from tandem.pomodoro.services.ai_service import AIService, Asking, Privacy
from tandem.pomodoro.services.ai_sharing import AnswerSharing
from tandem.pomodoro.services.ai_writer import ModelWriter
from tandem.pomodoro.services.analysis_service import AnalysisService
from tandem.pomodoro.services.category_service import CategoryService
from tandem.pomodoro.services.import_service import ImportService
from tandem.pomodoro.services.insight_service import InsightService
from tandem.pomodoro.services.prediction_service import PredictionService
from tandem.pomodoro.services.recommendation_service import RecommendationService
from tandem.pomodoro.services.related_notes import RelatedNotes, Retrieval
from tandem.pomodoro.services.search_service import SearchService
from tandem.pomodoro.services.session_service import SessionService
from tandem.pomodoro.services.snapshot_reader import Caller, SnapshotReader
from tandem.pomodoro.services.snapshot_store import SnapshotStore
from tandem.pomodoro.services.training_service import TrainingService


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """What lives as long as the process."""

    settings: Settings
    """The configuration, read once."""
    clock: Clock
    """Where time comes from."""
    registry: Metrics
    """This worker's counters and, merged, those of its siblings."""
    metrics: PomodoroMetrics
    """The metrics of the contract."""
    database: Database
    """The pool of connections."""
    listener: ChangeListener
    """The one connection that hears of changes."""
    store: SnapshotStore
    """The snapshots of this worker."""
    responses: ResponseCache
    """The answers that are kept."""
    writer: ModelWriter | None
    """Has a language model write, None where the rules do."""
    sharing: AnswerSharing
    """The answers of models, kept and shared."""
    retrieval: Retrieval
    """Notes found for briefings."""
    ai_health: AIHealthService
    """Whether the model can be reached."""
    jobs: Jobs
    """What is done in the background."""
    embedder: Embedder | None
    """Turns texts into vectors, None where no model is installed."""
    drain: Drain
    """Whether the server is about to stop."""
    probe: Probe
    """How ready this process is."""
    monitor: Monitor
    """What has been going on."""


class Factory:
    """Wires a service for one request, one command or one test."""

    def __init__(self, context: ProcessContext) -> None:
        """Build from ``context``."""
        self.context = context

    @property
    def reader(self) -> SnapshotReader:
        """Reads snapshots and marks stale ones."""
        return SnapshotReader(self.context.store, self.context.clock, self.context.metrics)

    @property
    def predictions(self) -> PredictionService:
        """Forecasts and trends."""
        return PredictionService(self.reader)

    @property
    def recommendations(self) -> RecommendationService:
        """Presets, schedules, quality."""
        return RecommendationService(self.reader)

    @property
    def categories(self) -> CategoryService:
        """The categories that a client works with."""
        return CategoryService(
            UserRepository(self.context.database),
            self.context.settings.categories,
            self.context.store.on_change,
        )

    @property
    def related_notes(self) -> RelatedNotes:
        """Finds notes for briefings."""
        return self.search.related

    @property
    def search(self) -> SearchService:
        """Search in notes."""
        return SearchService(
            SearchRepository(self.context.database),
            self.context.embedder,
            self.context.jobs,
            self.context.clock,
        )

    @property
    def ai(self) -> AIService:
        """AI answers."""
        settings = self.context.settings
        return AIService(
            reader=self.reader, categories=self.categories, people=PersonRepository(self.context.database),
            sharing=self.context.sharing, writer=self.context.writer,
            privacy=Privacy(settings.ai_share_notes, settings.ai_profile), related=self.related_notes,
            retrieval=self.context.retrieval,
        )  # fmt: skip

    @property
    def insights(self) -> InsightService:
        """Several AI answers in one."""
        return InsightService(self.ai)

    @property
    def ai_cache(self) -> AICacheService:
        """The kept AI answers."""
        return AICacheService(AIAnswerRepository(self.context.database), self.context.clock)

    @property
    def analysis(self) -> AnalysisService:
        """What the past looks like."""
        return AnalysisService(self.reader, self.categories)

    @property
    def training(self) -> TrainingService:
        """Fitting anew."""
        return TrainingService(self.context.jobs)

    @property
    def caching(self) -> CacheOperations:
        """What an operator may do to the cache."""
        return CacheOperations(self.context.responses, self.context.database, self.context.store.on_change)

    @property
    def sessions(self) -> SessionService:
        """Sessions in and out."""
        return SessionService(
            repository=SessionRepository(self.context.database),
            store=self.context.store,
            clock=self.context.clock,
        )

    @property
    def imports(self) -> ImportService:
        """Many sessions at once."""
        return ImportService(
            incoming=ImportRepository(self.context.database), stored=SessionRepository(self.context.database),
            store=self.context.store, clock=self.context.clock,
        )  # fmt: skip


# Coroutines all: the framework would send a plain function through its thread pool, which costs more than they do.
async def context_of(request: Request) -> ProcessContext:
    """Return what the running app holds."""
    context: ProcessContext = request.app.state.context
    return context


async def factory_of(request: Request) -> Factory:
    """Return the factory of the running app."""
    return Factory(await context_of(request))


async def language_of(
    context: Annotated[ProcessContext, Depends(context_of)],
    accept_language: Annotated[
        str | None, Header(description="`cs` or `en`; anything else means the configured language.")
    ] = None,
) -> Language:
    """Return the language of the answer's texts and tell caches that it was negotiated."""
    language = negotiate(accept_language, context.settings.language)
    annotations.note("Content-Language", language)
    annotations.note("Vary", "Accept-Language")
    return language


async def caller_of(user: UserDep, language: Annotated[Language, Depends(language_of)]) -> Caller:
    """Return who asks and in which language."""
    return Caller(user, translator(language))


async def asking_of(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Asking:
    """Return who asks for an AI answer, and on whose account a model is called."""
    route = request.scope.get("route")
    endpoint = route.path if isinstance(route, Route) else request.url.path
    asker = Asker(
        user=caller.user, key=key_of(request), endpoint=endpoint, request_id=tracing.current().request_id
    )
    return Asking(caller, asker)


ContextDep = Annotated[ProcessContext, Depends(context_of)]
FactoryDep = Annotated[Factory, Depends(factory_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
AskingDep = Annotated[Asking, Depends(asking_of)]
