"""The one place where the policies are put around the providers, in one order.

::

    budget (-> tokens, where they are limited) -> cache -> fallback -> per provider: breaker -> concurrency -> retry -> record -> timeout -> provider

Why this order: budget sees the cost of everything below, and an answer from the cache is settled at 0. Cache above
fallback: an answer is the same whoever gave it. Breaker above concurrency: a broken provider's callers do not queue;
what fills a queue does not count against the provider. Retry inside of a place: who tries again does not queue again.
Record below retry: each attempt is told. Timeout right around the provider: a record says ``timeout``, and nothing
else can be cut off by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tandem.ai import token_estimate
from tandem.ai.catalog import LOCAL, Catalog
from tandem.ai.chain import Chains
from tandem.ai.client import AIClient
from tandem.ai.errors import AIError
from tandem.ai.gateway import Gateway
from tandem.ai.messages import ChatRequest
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.answer_store import AnswerStore, MemoryStore
from tandem.ai.policies.breaker import BreakerPolicy, Refused
from tandem.ai.policies.budget import BudgetPolicy
from tandem.ai.policies.cache import CachePolicy
from tandem.ai.policies.concurrency import Concurrency, ConcurrencyPolicy
from tandem.ai.policies.fallback import FallbackPolicy, Route
from tandem.ai.policies.health import Breaking
from tandem.ai.policies.ledger import BudgetLedger
from tandem.ai.policies.record import RecordPolicy
from tandem.ai.policies.recorder import Recorder, UsageSink
from tandem.ai.policies.retry import Retrying, RetryPolicy
from tandem.ai.policies.retry_budget import RetryBudget
from tandem.ai.policies.spending import Estimator
from tandem.ai.policies.timeout import Deadlines, TimeoutPolicy
from tandem.ai.policies.token_limit import TokenLimitPolicy
from tandem.ai.pricing import PriceTable
from tandem.ai.providers import configured
from tandem.core.clock import Clock
from tandem.core.http.client import HttpClient
from tandem.core.limits.limiter import Limiter
from tandem.core.settings import Settings

ORDER: Final = (
    BudgetPolicy, CachePolicy, FallbackPolicy, BreakerPolicy, ConcurrencyPolicy, RetryPolicy, RecordPolicy,
    TimeoutPolicy,
)  # fmt: skip
"""From the outermost to the innermost."""

LOCAL_PLACES: Final = Concurrency(limit=8, queue=256, wait=30.0)
"""The local model server gives four answers at once, to all workers together; a few more keep it busy."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What the policies are set to."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    retrying: Retrying = field(default_factory=Retrying)
    breaking: Breaking = field(default_factory=Breaking)
    concurrency: Concurrency = field(default_factory=Concurrency)
    concurrency_of: Mapping[str, Concurrency] = field(default_factory=dict)
    """By provider, where it differs: a small local server gives few answers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a gateway is built of; one per process."""

    providers: Mapping[str, AIClient]
    """The configured ones, by name."""
    route: Route
    """Who may answer for a model key, who was asked first."""
    sink: UsageSink
    ledger: BudgetLedger[Any] | None
    """None where nobody has a budget."""
    prices: PriceTable
    clock: Clock
    metrics: AIMetrics
    policies: Policies = field(default_factory=Policies)
    store: AnswerStore | None = None
    """Where complete answers are kept; None for memory."""
    draining: Callable[[], bool] = lambda: False
    """Whether this process is about to stop."""
    limiter: Limiter | None = None
    """Who knows how many model tokens a caller may use; None where they are not limited."""


def build(parts: Parts) -> Gateway:
    """Put the policies around the providers."""
    clock, metrics = parts.clock, parts.metrics
    recorder = Recorder(parts.sink, parts.prices, clock, metrics, parts.draining)
    retries = RetryBudget(clock)
    lanes = {
        name: _lane(parts, recorder, retries, name, provider) for name, provider in parts.providers.items()
    }
    fallback = FallbackPolicy(lanes, parts.route, clock, metrics, _refusals(recorder))
    cache = CachePolicy(fallback, parts.store or MemoryStore(clock.monotonic), recorder)
    estimator = Estimator(parts.prices, lanes, parts.route)
    limited: AIClient = cache
    if parts.limiter is not None and parts.limiter.limits_tokens:
        limited = TokenLimitPolicy(cache, parts.limiter)
    budget = BudgetPolicy(limited, parts.ledger, estimator, recorder, parts.policies.deadlines)
    gateway = Gateway(budget, cache, lanes, estimator, retries)
    gateway.observe(metrics)
    metrics.registry.gauge_callback(
        "tandem_ai_price_table_age_days", "Age of the prices in use",
        lambda: float(parts.prices.age_days(clock.now().date())), merge="max",
    )  # fmt: skip
    return gateway


def build_gateway(  # noqa: PLR0913, PLR0917 - one process's parts
    settings: Settings, http: HttpClient, clock: Clock, catalog: Catalog, prices: PriceTable, sink: UsageSink,
    ledger: BudgetLedger[Any] | None, metrics: AIMetrics, draining: Callable[[], bool] = lambda: False,
    limiter: Limiter | None = None,
) -> Gateway:  # fmt: skip
    """Return the gateway that ``settings`` describe."""
    providers = configured.providers(settings, http, clock, token_estimate.of_call)
    route = Chains(catalog, {name: provider.profile for name, provider in providers.items()})
    return build(Parts(
        providers=providers, route=route, sink=sink, ledger=ledger, prices=prices, clock=clock, metrics=metrics,
        policies=policies_of(settings), draining=draining, limiter=limiter,
    ))  # fmt: skip


def policies_of(settings: Settings) -> Policies:
    """Return what ``settings`` mean for the policies."""
    whole = settings.ai_timeout
    # A whole answer may not take all of the time, so that a stand-in can be asked.
    deadlines = Deadlines(settings.ai_first_token_timeout, whole * 2 / 3, whole)
    # Beyond its connections a caller would wait inside the HTTP client, where nobody sees it.
    places = Concurrency(limit=settings.http_connections_per_host)
    return Policies(deadlines=deadlines, concurrency=places, concurrency_of={LOCAL: LOCAL_PLACES})


def _lane(
    parts: Parts, recorder: Recorder, retries: RetryBudget, name: str, provider: AIClient
) -> BreakerPolicy:  # fmt: skip
    set_to, clock = parts.policies, parts.clock

    def model_of(key: str) -> str:
        return next((one.model for one in parts.route(key) if one.provider == name), key)

    refused = _refusals(recorder, model_of)
    timed = TimeoutPolicy(provider, set_to.deadlines, clock, name)
    recorded = RecordPolicy(timed, recorder, name, model_of)
    retried = RetryPolicy(recorded, retries, set_to.retrying, clock, recorder.metrics, name)
    places = set_to.concurrency_of.get(name, set_to.concurrency)
    bounded = ConcurrencyPolicy(retried, places, clock, name, refused)
    return BreakerPolicy(bounded, set_to.breaking, clock, name, refused)


def _refusals(recorder: Recorder, model_of: Callable[[str], str] = str) -> Refused:
    def refused(request: ChatRequest, error: AIError) -> None:
        model = error.model or model_of(request.model)
        recorder.write(request, recorder.kind_of(error), provider=error.provider, model=model)

    return refused
