"""The one place of composition: what the process holds, and how a request gets its services."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.routing import Route

from tandem.ai.catalog import CONTRACT_MODELS, Catalog
from tandem.ai.gateway import Gateway
from tandem.ai.messages import Asker
from tandem.ai.pricing import PriceTable
from tandem.ai.stream_exchange import StreamExchange
from tandem.ai.streaming import StreamHub
from tandem.core.cache_operations import CacheOperations
from tandem.core.caller import UserDep, key_of
from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.drain import Drain
from tandem.core.jobs import Jobs
from tandem.core.middleware.response_cache import ResponseCache
from tandem.core.monitoring.monitor import Monitor
from tandem.core.observability import tracing
from tandem.core.observability.health import Probe
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.inference.sentiment.analyzer import SentimentAnalyzer
from tandem.inference.transcription import Transcriber
from tandem.tokimeki.repositories.comparison_repository import ComparisonRepository
from tandem.tokimeki.repositories.conversation_repository import ConversationRepository
from tandem.tokimeki.services.chat_service import ChatService
from tandem.tokimeki.services.comparison_service import ComparisonService
from tandem.tokimeki.services.conversation_service import ConversationService
from tandem.tokimeki.services.estimate_service import EstimateService
from tandem.tokimeki.services.history_service import HistoryService
from tandem.tokimeki.services.market_service import MarketService
from tandem.tokimeki.services.playbook_service import PlaybookService
from tandem.tokimeki.services.price_answer import PriceAnswerer
from tandem.tokimeki.services.price_service import PriceService
from tandem.tokimeki.services.quotes.configured import Market
from tandem.tokimeki.services.quotes.provider import QuoteProvider
from tandem.tokimeki.services.sentiment_service import SentimentService
from tandem.tokimeki.services.speech_service import SpeechService
from tandem.tokimeki.services.stock_answer import StockAnswerer
from tandem.tokimeki.services.strategy_service import StrategyService
from tandem.tokimeki.services.volatility_service import VolatilityService
from tandem.usage.budgets import Budgets
from tandem.usage.reports import UsageReports


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """What lives as long as the process."""

    settings: Settings
    """The configuration, read once."""
    clock: Clock
    """Where time comes from."""
    registry: Metrics
    """This worker's counters and, merged, those of its siblings."""
    database: Database
    """The pool of connections."""
    catalog: Catalog
    """The model keys and who answers for them."""
    gateway: Gateway
    """Every way to a model, with all policies around it."""
    prices: PriceTable
    """What tokens cost."""
    budgets: Budgets
    """Who may spend how much."""
    reports: UsageReports
    """What was asked and what it cost."""
    hub: StreamHub
    """The streams of this worker."""
    exchange: StreamExchange
    """The streams of this worker and, to end them, of all others."""
    market: Market
    """The sources of prices of securities, and what is kept of them."""
    jobs: Jobs
    """Work in the background."""
    analyzer: SentimentAnalyzer
    """What is thought of texts."""
    transcriber: Transcriber
    """Speech to text."""
    responses: ResponseCache
    """Finished answers that are kept."""
    drain: Drain
    """Whether the server is about to stop."""
    probe: Probe
    """How ready this process is."""
    monitor: Monitor
    """What has been going on."""

    @property
    def quotes(self) -> QuoteProvider:
        """Where prices of securities come from."""
        return self.market.quotes


class Factory:
    """Wires a service for one request, one command or one test."""

    def __init__(self, context: ProcessContext) -> None:
        """Build from ``context``."""
        self.context = context

    @property
    def caching(self) -> CacheOperations:
        """What an operator may do to kept answers."""
        backing = self.context.responses.backing
        changed = backing.board.on_change if backing is not None else lambda _event: None
        return CacheOperations(self.context.responses, self.context.database, changed)

    @property
    def conversations(self) -> ConversationService:
        """Conversations that are kept."""
        return ConversationService(ConversationRepository(self.context.database), self.context.clock)

    @property
    def chat(self) -> ChatService:
        """Answers to messages."""
        return ChatService(
            client=self.context.gateway.chat, catalog=self.context.catalog,
            stocks=StockAnswerer(self.context.quotes), conversations=self.conversations, clock=self.context.clock,
        )  # fmt: skip

    @property
    def prices(self) -> PriceAnswerer:
        """Answers to questions about prices."""
        return PriceAnswerer(self.context.quotes, self.context.gateway.exact, self.context.catalog)

    @property
    def market_prices(self) -> PriceService:
        """Prices of symbols."""
        return PriceService(self.context.quotes, self.context.clock)

    @property
    def history(self) -> HistoryService:
        """Prices as the old page reads them."""
        return HistoryService(self.market_prices)

    @property
    def markets(self) -> MarketService:
        """Prices as the new routes tell them."""
        return MarketService(self.market_prices, self.context.clock)

    @property
    def volatility(self) -> VolatilityService:
        """How much prices move."""
        return VolatilityService(self.market_prices)

    @property
    def strategies(self) -> StrategyService:
        """Back-tests."""
        return StrategyService(self.market_prices)

    @property
    def playbooks(self) -> PlaybookService:
        """Judgements of companies."""
        return PlaybookService(self.market_prices, self.context.market.fundamentals)

    @property
    def sentiment(self) -> SentimentService:
        """What is thought of texts."""
        return SentimentService(self.context.analyzer, self.context.jobs)

    @property
    def speech(self) -> SpeechService:
        """Recordings: transcribed, answered."""
        return SpeechService(
            transcriber=self.context.transcriber, jobs=self.context.jobs, prices=self.prices,
            job_seconds=self.context.settings.speech_job_seconds,
        )  # fmt: skip

    @property
    def comparison(self) -> ComparisonService:
        """The same prompt to several models, none of which is stood in for."""
        return ComparisonService(
            client=self.context.gateway.exact, catalog=self.context.catalog, default_models=list(CONTRACT_MODELS),
            repository=ComparisonRepository(self.context.database), clock=self.context.clock,
        )  # fmt: skip

    @property
    def estimates(self) -> EstimateService:
        """What a message would cost."""
        return EstimateService(self.context.catalog, self.context.prices, self.conversations)


# Coroutines all: the framework would send a plain function through its thread pool, which costs more than they do.
async def context_of(request: Request) -> ProcessContext:
    """Return what the running app holds."""
    context: ProcessContext = request.app.state.context
    return context


async def factory_of(request: Request) -> Factory:
    """Return the factory of the running app."""
    return Factory(await context_of(request))


async def asker_of(request: Request, user: UserDep) -> Asker:
    """Return on whose account the request asks."""
    route = request.scope.get("route")
    endpoint = route.path if isinstance(route, Route) else request.url.path
    return Asker(user=user, key=key_of(request), endpoint=endpoint, request_id=tracing.current().request_id)


ContextDep = Annotated[ProcessContext, Depends(context_of)]
FactoryDep = Annotated[Factory, Depends(factory_of)]
AskerDep = Annotated[Asker, Depends(asker_of)]
