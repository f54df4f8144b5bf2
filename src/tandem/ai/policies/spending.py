"""What a call may cost at most, before it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tandem.ai import token_estimate
from tandem.ai.messages import ChatRequest
from tandem.ai.policies.fallback import Candidate, Route, allowed
from tandem.ai.pricing import Price, PriceTable

_LIMIT_FIELDS: Final = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class Spending:
    """The most that a call can cost, and who may answer for that."""

    micro: int | None
    """Micro-dollars, None when a price is unknown."""
    only: frozenset[str] | None = None
    """The providers that may stand in, None for all."""


class Estimator:
    """Says what a call may cost at most: its prompt and its longest answer by the dearest who may answer."""

    def __init__(self, prices: PriceTable, providers: Mapping[str, object], route: Route) -> None:
        """Look at those of the route's candidates that are among ``providers``: the others cost nothing."""
        self._prices = prices
        self._providers = providers
        self._route = route

    def asked(self, model: str) -> Candidate:
        """Return who is asked first for a model key."""
        return next(iter(self._route(model)), Candidate("", ""))

    def most(self, request: ChatRequest) -> Spending:
        """Return what the call costs if the dearest of all candidates answers."""
        return Spending(self._by(request, self._candidates(request)))

    def modest(self, request: ChatRequest) -> Spending:
        """Return what it costs if nobody stands in who is dearer than who was asked, or of unknown price.

        So a free model stays within reach of somebody whose budget is spent.
        """
        candidates = self._candidates(request)
        asked = self.asked(request.model)
        price = self._price(asked) if asked.provider in self._providers else Price(0, 0)
        kept = [one for one in candidates if one == asked or self._is_within(one, price)]
        return Spending(self._by(request, kept), frozenset(one.provider for one in kept))

    def _candidates(self, request: ChatRequest) -> list[Candidate]:
        named = allowed(self._route(request.model), request)
        return [one for one in named if one.provider in self._providers]

    def _by(self, request: ChatRequest, candidates: Sequence[Candidate]) -> int | None:
        prices = [self._price(one) for one in candidates]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices):
            return None
        if all(price.is_free for price in known):
            return 0
        prompt = round(token_estimate.of_request(request) * token_estimate.MARGIN)
        answer = answer_limit(request) * _choices(request)
        return max(price.cost(prompt, answer) for price in known)

    def _is_within(self, candidate: Candidate, price: Price | None) -> bool:
        own = self._price(candidate)
        if own is None or own.is_free:
            return own is not None
        return price is not None and own.prompt <= price.prompt and own.completion <= price.completion

    def _price(self, candidate: Candidate) -> Price | None:
        return self._prices.price(candidate.provider, candidate.model)


def most_tokens(request: ChatRequest) -> int:
    """Return the most tokens that a call takes: its prompt and all of its answers at their longest."""
    prompt = round(token_estimate.of_request(request) * token_estimate.MARGIN)
    return prompt + answer_limit(request) * _choices(request)


def answer_limit(request: ChatRequest) -> int:
    """Return the most tokens that one answer may have, the assumed number where nobody says."""
    return max(_limits(request), default=token_estimate.ASSUMED_ANSWER)


def limited(request: ChatRequest) -> ChatRequest:
    """Return ``request`` with the assumed limit if it has none: nothing may be spent beyond what was set aside."""
    return request if _limits(request) else replace(request, max_tokens=token_estimate.ASSUMED_ANSWER)


def _choices(request: ChatRequest) -> int:
    n = request.options.get("n")
    return n if isinstance(n, int) and n > 0 else 1


def _limits(request: ChatRequest) -> list[int]:
    named = [request.max_tokens, *(request.options.get(name) for name in _LIMIT_FIELDS)]
    return [n for n in named if isinstance(n, int) and n > 0]
