"""Policy: a provider that failed too often lately is left alone for a while, then asked once to see.

State is per worker, on purpose: a breaker needs no agreement to be useful, and a worker whose own network broke must
not keep the others from a provider that is well.
"""

import math
from collections.abc import Callable
from typing import Final

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.errors import (
    AIError,
    BadAnswerError,
    BrokenStreamError,
    CircuitOpenError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.messages import ChatRequest
from tandem.ai.policies.health import BreakerStatistics, Breaking, Health
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.core.clock import Clock

FAULTS: Final = (ProviderTimeoutError, ProviderUnavailableError, BadAnswerError, BrokenStreamError)
"""What speaks against the provider. A 429 or 4xx is an answer, often about one model or request only; a full
queue is ours."""

Refused = Callable[[ChatRequest, AIError], None]
"""Told of each call that a policy did not let through, for the record."""


class BreakerPolicy:
    """The circuit breaker of one provider."""

    def __init__(
        self, inner: AIClient, breaking: Breaking, clock: Clock, provider: str, refused: Refused | None = None
    ) -> None:
        """Watch ``inner``."""
        self.inner = inner
        self._clock = clock
        self._provider = provider
        self._refused = refused
        self.health = Health(breaking)

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises CircuitOpenError without asking the provider while the circuit is open."""
        probe = self.health.admit(self._clock.monotonic())
        if probe is None:
            raise self._refuse(request)
        try:
            answer = await self.inner.open(request)
        except BaseException as error:
            self._failed(error, probe=probe)
            raise
        if probe:
            self.health.probed(self._clock.monotonic(), well=True)
        if isinstance(answer, CompleteAnswer):
            self.judge(None)
            return answer
        return WatchedAnswer(answer, self)

    def judge(self, error: BaseException | None) -> None:
        """Count an answer that ended, well or with ``error``."""
        if error is None or isinstance(error, FAULTS):
            self.health.count(self._clock.monotonic(), well=error is None)

    def statistics(self) -> BreakerStatistics:
        """Return one look."""
        return self.health.statistics(self._clock.monotonic())

    def _failed(self, error: BaseException, *, probe: bool) -> None:
        fault = isinstance(error, FAULTS)
        if probe:
            # Being refused or rate-limited shows that somebody is there; being cancelled shows nothing.
            answered = isinstance(error, ProviderRejectedError | ProviderRateLimitedError)
            self.health.probed(self._clock.monotonic(), well=False if fault else (True if answered else None))
        elif fault:
            self.judge(error)

    def _refuse(self, request: ChatRequest) -> CircuitOpenError:
        wait = self.health.retry_after(self._clock.monotonic())
        error = CircuitOpenError(
            "the provider failed too often lately and is not asked for a while", provider=self._provider,
            retry_after=max(1, math.ceil(wait)),
        )  # fmt: skip
        if self._refused is not None:
            self._refused(request, error)
        return error


class WatchedAnswer(WrappedAnswer):
    """Tells the breaker how it ended."""

    def __init__(self, inner: Answer, policy: BreakerPolicy) -> None:
        """Report to ``policy``."""
        super().__init__(inner)
        self._policy = policy

    def _ended(self, error: Exception | None) -> None:
        self._policy.judge(error)
