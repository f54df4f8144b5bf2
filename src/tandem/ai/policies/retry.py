"""Policy: an attempt that failed in passing is repeated, before the first piece only.

That is a matter of place: once :meth:`~tandem.ai.client.AIClient.open` has returned, this policy is out of the way.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from tandem.ai.client import AIClient, Answer
from tandem.ai.errors import AIError, ProviderRateLimitedError
from tandem.ai.messages import ChatRequest
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.call import current_call
from tandem.ai.policies.retry_budget import RetryBudget
from tandem.core.clock import Clock

_WAITS: Final[ContextVar[bool]] = ContextVar("tandem_ai_retry_waits", default=True)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Repeat at once within the block: for tests."""
    token = _WAITS.set(False)
    try:
        yield
    finally:
        _WAITS.reset(token)


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and after which pauses; seconds."""

    retries: int = 2
    """Beside the first attempt."""
    first_pause: float = 0.25
    """Upper end of the first pause; it doubles each time, and the pause is drawn from 0 up to it."""
    longest_pause: float = 4.0
    longest_retry_after: float = 5.0
    """A provider that asks for a longer pause is not asked again by this call: another one may be."""


class RetryPolicy:
    """Repeats attempts at one provider, within the budget of the whole process.

    A rate-limited provider is given the pause that it asks for; so is any other that asks for more than the
    one second that stands for "nothing said". No pause goes beyond the deadline of the call.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - collaborators
        self, inner: AIClient, budget: RetryBudget, retrying: Retrying, clock: Clock, metrics: AIMetrics, provider: str
    ) -> None:  # fmt: skip
        """Repeat ``inner``; ``budget`` is the process's."""
        self.inner = inner
        self._budget = budget
        self._retrying = retrying
        self._clock = clock
        self._done = metrics.retries.labels(provider)
        self._refused = metrics.retries_refused.labels(provider)

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises the last attempt's error."""
        self._budget.call()
        made = 0
        while True:
            try:
                return await self.inner.open(request)
            except AIError as error:
                pause = self._pause(error, made)
                if pause is None:
                    raise
            made += 1
            self._done.inc()
            if _WAITS.get():
                await asyncio.sleep(pause)

    def _pause(self, error: AIError, made: int) -> float | None:
        """Return the seconds until the next attempt, None if there is to be none."""
        how = self._retrying
        if not error.retriable or made >= how.retries:
            return None
        pause = random.uniform(0.0, min(how.longest_pause, how.first_pause * 2.0**made))
        if isinstance(error, ProviderRateLimitedError) or error.retry_after > 1:
            if error.retry_after > how.longest_retry_after:
                return None
            # Whoever is told the same second should not come back in the same instant.
            pause += error.retry_after
        now = self._clock.monotonic()
        left = current_call(now).remaining(now)
        if left is not None and left <= pause:
            return None
        if not self._budget.take():
            self._refused.inc()
            return None
        return pause
