"""Policy: a caller's model tokens are taken before a call by an estimate, and what was not used is given back after it.

The estimate is the prompt and the longest answer that was allowed. A cached answer costs nothing; one that was left or
failed costs what is known to have been made. Whose tokens: the caller of the HTTP request; where there is none (a job, a
command) nothing is limited. Fail mode: that of :mod:`tandem.core.limits.limiter`; never a wait, never an error but 429.
"""

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.messages import ChatRequest
from tandem.ai.policies.spending import most_tokens
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.core.limits.caller import Caller
from tandem.core.limits.current import CALLER
from tandem.core.limits.limiter import Limiter


class TokenLimitPolicy:
    """See the module's text."""

    def __init__(self, inner: AIClient, limiter: Limiter) -> None:
        """Guard ``inner``."""
        self.inner = inner
        self._limiter = limiter

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises TooManyRequestsError when the caller has not so many tokens left."""
        caller = CALLER.get()
        if caller is None:
            return await self.inner.open(request)
        reserved = self._limiter.reserve_tokens(caller, most_tokens(request))
        try:
            answer = await self.inner.open(request)
        except BaseException:
            self._limiter.settle_tokens(caller, reserved, 0)
            raise
        metered = MeteredAnswer(answer, self._limiter, caller, reserved)
        if isinstance(answer, CompleteAnswer):
            metered.settle()
            return answer
        return metered


class MeteredAnswer(WrappedAnswer):
    """Settles at its end, whatever way it ends."""

    def __init__(self, inner: Answer, limiter: Limiter, caller: Caller, reserved: float) -> None:
        """Settle what was ``reserved`` from ``caller``."""
        super().__init__(inner)
        self._limiter, self._caller, self._reserved = limiter, caller, reserved

    def settle(self) -> None:
        """Give back what was not used."""
        used = 0 if self.origin.cached else self.outcome.usage.total
        self._limiter.settle_tokens(self._caller, self._reserved, used)

    def _ended(self, _error: Exception | None) -> None:
        self.settle()

    def _left(self, _reason: str) -> None:
        self.settle()
