"""Policy: when a provider cannot answer, the next one of the chain is asked, before the first piece only.

A provider without a key is not in the chain's way: it is passed over (``served by local``), and is an error only
where nobody else may answer. What was tried stays in the error when all fail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.errors import AIError, CircuitOpenError, ProviderNotConfiguredError, QueueFullError
from tandem.ai.messages import ChatRequest, Origin
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.breaker import Refused
from tandem.ai.policies.call import Call, current_call
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may answer for a model key: a provider, and its own id of the model that it would use."""

    provider: str
    model: str


Route = Callable[[str], Sequence[Candidate]]
"""Turns a model key into those who may answer, who was asked first; empty for a key that nobody knows."""


def allowed(
    candidates: Sequence[Candidate], request: ChatRequest, only: frozenset[str] | None = None
) -> Sequence[Candidate]:
    """Return those who may answer ``request``; stand-ins must be among ``only``, unless that is None."""
    if not request.fallback:
        return candidates[:1]
    return [one for n, one in enumerate(candidates) if n == 0 or only is None or one.provider in only]


_WEIGHT: Final[Mapping[type[AIError], int]] = {
    ProviderNotConfiguredError: 0, CircuitOpenError: 1, QueueFullError: 1,
}  # fmt: skip
"""How little an error tells the caller; those of providers that were really asked tell most."""


class FallbackPolicy:
    """Asks the candidates of a model key in turn."""

    def __init__(
        self, providers: Mapping[str, AIClient], route: Route, clock: Clock, metrics: AIMetrics,
        refused: Refused | None = None,
    ) -> None:  # fmt: skip
        """Choose among the configured ``providers`` by ``route``; a candidate that is not among them has no key."""
        self.providers = providers
        self._route = route
        self._clock = clock
        self._metrics = metrics
        self._refused = refused

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer by the first candidate that can.

        Raises the error that tells most when none can: of those that were really asked, the one closest to what the
        caller wanted; its ``extra["failures"]`` names all of them with their reasons.
        """
        call = current_call(self._clock.monotonic())
        candidates = allowed(self._route(request.model), request, call.only)
        failures: list[AIError] = []
        for place, candidate in enumerate(candidates):
            client = self.providers.get(candidate.provider)
            if client is None:
                failures.append(_not_configured(candidate))
                continue
            if place and self._is_late(call):
                break
            try:
                answer = await client.open(request)
            except AIError as error:
                call.degraded = True
                failures.append(error)
                continue
            return self._answered(answer, candidates[0], place, call)
        raise self._worst(request, failures)

    def _is_late(self, call: Call) -> bool:
        left = call.remaining(self._clock.monotonic())
        return left is not None and left <= 0

    def _answered(self, answer: Answer, asked: Candidate, place: int, call: Call) -> Answer:
        if place == 0 and call.attempts <= 1:
            return answer
        origin = replace(answer.origin, fallback=place > 0, attempts=max(1, call.attempts))
        if place:
            self._metrics.fallbacks.labels(asked.provider, origin.provider).inc()
        if isinstance(answer, CompleteAnswer):
            return CompleteAnswer(origin, answer.outcome, answer.piece)
        return RenamedAnswer(answer, origin)

    def _worst(self, request: ChatRequest, failures: list[AIError]) -> AIError:
        if not failures:
            failures = [
                ProviderNotConfiguredError("no provider is configured for this model", model=request.model)
            ]
        worst = max(failures, key=lambda error: _WEIGHT.get(type(error), 2))
        if isinstance(worst, ProviderNotConfiguredError) and self._refused is not None:
            self._refused(request, worst)
        if len(failures) > 1:
            worst.extra["failures"] = [
                {"provider": error.provider, "code": error.code, "reason": error.reason} for error in failures
            ]
        return worst


class RenamedAnswer(WrappedAnswer):
    """An answer with another origin than its provider's own."""

    def __init__(self, inner: Answer, origin: Origin) -> None:
        """Say ``origin``."""
        super().__init__(inner)
        self._origin = origin

    @property
    def origin(self) -> Origin:
        """Who answers, instead of whom, at which attempt."""
        return self._origin


def _not_configured(candidate: Candidate) -> ProviderNotConfiguredError:
    return ProviderNotConfiguredError(
        "no key or address is configured for this provider",
        provider=candidate.provider,
        model=candidate.model,
    )
