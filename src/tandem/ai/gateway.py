"""The way to the models, with all policies around them: what services ask, and nothing below it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tandem.ai.client import AIClient, Answer
from tandem.ai.messages import ChatRequest
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.breaker import BreakerPolicy
from tandem.ai.policies.budget import BudgetPolicy
from tandem.ai.policies.cache import CachePolicy, CacheStatistics
from tandem.ai.policies.concurrency import ConcurrencyPolicy
from tandem.ai.policies.health import BreakerStatistics
from tandem.ai.policies.retry_budget import RetryBudget
from tandem.ai.policies.slots import SlotsStatistics
from tandem.ai.policies.spending import Estimator

CLOSE_SECONDS: Final = 5.0
"""How long closing waits for answers under way to be recorded and settled."""

_STATES: Final = {"closed": 0.0, "half_open": 0.5, "open": 1.0}


@dataclass(frozen=True, slots=True)
class ProviderStatistics:
    """One look at the way to one provider; per worker."""

    breaker: BreakerStatistics
    slots: SlotsStatistics


class ExactClient:
    """Asks for this model or none: where another one's answer would be a lie, as in a comparison."""

    def __init__(self, inner: AIClient) -> None:
        """Ask through ``inner``."""
        self.inner = inner

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises an AIError where a stand-in would have answered."""
        return await self.inner.open(replace(request, fallback=False))


class Gateway:
    """One per process; a resource with :meth:`open`, :meth:`close` and :meth:`ping`."""

    def __init__(
        self, chat: BudgetPolicy[Any], cache: CachePolicy, lanes: Mapping[str, BreakerPolicy],
        estimator: Estimator, retry_budget: RetryBudget,
    ) -> None:  # fmt: skip
        """Built by :func:`tandem.ai.stack.build`."""
        self.chat = chat
        """Answers by whom is asked or, before the first piece, by a stand-in."""
        self.exact: AIClient = ExactClient(chat)
        """Answers by whom is asked, or not at all."""
        self.estimator = estimator
        self.retry_budget = retry_budget
        self._cache = cache
        self._lanes = lanes

    async def open(self) -> None:
        """Nothing is connected before it is needed."""

    async def close(self) -> None:
        """Wait until answers under way are recorded and settled: after streams ended, before pools close."""
        await self._cache.close(CLOSE_SECONDS)
        await self.chat.close(CLOSE_SECONDS)

    async def ping(self) -> None:
        """Raise RuntimeError while every configured provider is left alone for failing too often."""
        await asyncio.sleep(0)
        if self._lanes and all(lane.health.state == "open" for lane in self._lanes.values()):
            raise RuntimeError("every provider failed too often lately")

    def providers(self) -> dict[str, ProviderStatistics]:
        """Return one look at each configured provider."""
        return {
            name: ProviderStatistics(lane.statistics(), _slots(lane).statistics())
            for name, lane in self._lanes.items()
        }

    def forget_answers(self) -> None:
        """Forget what is kept of earlier answers in this worker."""
        self._cache.forget()

    def cache(self) -> CacheStatistics:
        """Return one look at the cache."""
        return self._cache.statistics()

    def observe(self, metrics: AIMetrics) -> None:
        """Have the state of all providers sampled into ``metrics``."""

        def sample() -> None:
            for name, seen in self.providers().items():
                metrics.breaker.labels(name).set(_STATES[seen.breaker.state])
                metrics.under_way.labels(name).set(seen.slots.taken)
                metrics.waiting.labels(name).set(seen.slots.waiting)

        metrics.registry.add_sampler(sample)


def _slots(lane: BreakerPolicy) -> ConcurrencyPolicy:
    assert isinstance(lane.inner, ConcurrencyPolicy)  # noqa: S101 - see tandem.ai.stack.ORDER
    return lane.inner
