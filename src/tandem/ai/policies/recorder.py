"""Writes usage records: one per attempt, one per answer that cost nothing, one per refusal; and counts them."""

import logging
from asyncio import CancelledError
from collections.abc import Callable
from typing import Final, Protocol

from tandem.ai import token_estimate
from tandem.ai.errors import (
    AIError,
    BadAnswerError,
    BrokenStreamError,
    CircuitOpenError,
    ProviderNotConfiguredError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    QueueFullError,
)
from tandem.ai.messages import ChatRequest, TokenUsage
from tandem.ai.metrics import AIMetrics
from tandem.ai.pricing import PriceTable
from tandem.core.clock import Clock
from tandem.core.errors import ClientError
from tandem.core.observability.identifiers import new_uuid
from tandem.usage.events import UsageEvent, UsageOutcome

log = logging.getLogger(__name__)

_KINDS: Final[dict[type[BaseException], UsageOutcome]] = {
    ProviderTimeoutError: "timeout",
    ProviderRateLimitedError: "rate_limited",
    ProviderRejectedError: "rejected",
    ProviderNotConfiguredError: "not_configured",
    BadAnswerError: "bad_answer",
    BrokenStreamError: "broken_stream",
    CircuitOpenError: "circuit_open",
    QueueFullError: "queue_full",
}
_MAYBE_BILLED: Final[frozenset[UsageOutcome]] = frozenset(
    {"timeout", "cancelled", "shutdown", "broken_stream"}
)
"""Outcomes after which a provider has read the prompt and may charge for it, though it has told no figures."""

NOTHING: Final = TokenUsage(0, 0)


class UsageSink(Protocol):
    """Where records go."""

    def put(self, event: UsageEvent) -> None:
        """Take ``event``; when this returns, a crash can no longer lose it."""

    def require_room(self) -> None:
        """Raise an OperationalError if the record of a new call would find no room."""


class Recorder:
    """Makes the records of all providers.

    Fail mode: a sink that refuses a record is logged and counted, and the answer goes on; what keeps new cost
    from being caused without a record is :meth:`require_room`.
    """

    def __init__(
        self, sink: UsageSink, prices: PriceTable, clock: Clock, metrics: AIMetrics,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """Put into ``sink``; ``draining`` tells a call that the shutdown ended from one whose client left."""
        self.clock = clock
        self.prices = prices
        self.metrics = metrics
        self.require_room = sink.require_room
        self._sink = sink
        self._draining = draining

    def kind_of(self, error: BaseException) -> UsageOutcome:
        """Return the outcome that ``error`` stands for."""
        if isinstance(error, CancelledError):
            return "shutdown" if self._draining() else "cancelled"
        if isinstance(error, ClientError):
            return "budget"
        return _KINDS.get(type(error), "unavailable" if isinstance(error, AIError) else "bad_answer")

    def usage_of(
        self, request: ChatRequest, told: TokenUsage, text: str, outcome: UsageOutcome
    ) -> TokenUsage:  # fmt: skip
        """Return ``told``, or our estimate when the provider told nothing and may have worked all the same."""
        if told.total or not (text or outcome in _MAYBE_BILLED or outcome == "ok"):
            return told
        return token_estimate.of_call(request, text)

    def cost_of(
        self, provider: str, model: str, asked: str, model_of: Callable[[str], str], usage: TokenUsage
    ) -> int | None:
        """Return micro-dollars, by the model that answered or else by the one configured for the ``asked`` key."""
        if not usage.total:
            return 0
        cost = self.prices.cost(provider, model, usage)
        return self.prices.cost(provider, model_of(asked), usage) if cost is None else cost

    def write(  # noqa: PLR0913 - what a record consists of
        self, request: ChatRequest, outcome: UsageOutcome, *, provider: str, model: str, usage: TokenUsage = NOTHING,
        cost: int | None = 0, seconds: float = 0.0, first_token: float | None = None, attempt: int = 1,
    ) -> None:  # fmt: skip
        """Write one record and count it; ``seconds`` are of the attempt."""
        asker = request.asker
        event = UsageEvent(
            new_uuid(), self.clock.now(), asker.user, asker.key, asker.endpoint, asker.request_id, request.model, provider,
            model, usage.prompt, usage.completion, cost, usage.estimated, round(seconds * 1000),
            None if first_token is None else round(first_token * 1000), outcome, request.stream, attempt,
        )  # fmt: skip
        try:
            self._sink.put(event)
        except Exception:
            self.metrics.lost_records.labels().inc()
            log.exception("a usage record could not be put down")
        self._count(event, seconds, first_token)

    def _count(self, event: UsageEvent, seconds: float, first_token: float | None) -> None:
        metrics, provider, model = self.metrics, event.provider, event.model
        metrics.requests.labels(provider, model, event.outcome).inc()
        if event.outcome == "cached":
            return
        if event.outcome != "ok":
            metrics.errors.labels(provider, event.outcome).inc()
        if event.prompt_tokens or event.completion_tokens:
            metrics.tokens.labels(provider, model, "prompt").inc(event.prompt_tokens)
            metrics.tokens.labels(provider, model, "completion").inc(event.completion_tokens)
        if event.cost is None:
            metrics.unpriced.labels(provider, model).inc()
        elif event.cost:
            metrics.cost.labels(provider, model).inc(event.cost / 1_000_000)
        if seconds:
            metrics.duration.labels(provider).observe(seconds)
        if first_token is not None:
            metrics.first_token.labels(provider).observe(first_token)
