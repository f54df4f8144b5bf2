"""Policy: no attempt waits for ever, neither for its first piece nor for its last.

Providers have waits of their own (connect, silence); these here hold whatever the provider is. The deadline of
the whole call is shared by all its attempts and includes queues and pauses between them.
"""

import asyncio
from dataclasses import dataclass

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.errors import ProviderTimeoutError
from tandem.ai.messages import ChatRequest, Delta
from tandem.ai.policies.call import current_call
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.core.clock import Clock
from tandem.core.deadline import deadline


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds, each above 0."""

    first_piece: float = 30.0
    """Until a stream begins."""
    whole_answer: float = 60.0
    """Until an answer in one piece is there; below ``call``, so that another provider can be asked."""
    call: float = 120.0
    """For the whole call with all its attempts, where the request names no deadline."""

    def of_call(self, request: ChatRequest) -> float:
        """Return the seconds that ``request`` may take."""
        return self.call if request.timeout is None else request.timeout


class TimeoutPolicy:
    """Bounds one attempt at a provider."""

    def __init__(self, inner: AIClient, deadlines: Deadlines, clock: Clock, provider: str) -> None:
        """Bound ``inner`` by ``deadlines``."""
        self.inner = inner
        self._deadlines = deadlines
        self._clock = clock
        self._provider = provider

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises ProviderTimeoutError when its first piece is late."""
        now = self._clock.monotonic()
        left = current_call(now).remaining(now)
        left = self._deadlines.of_call(request) if left is None else left
        first = self._deadlines.first_piece if request.stream else self._deadlines.whole_answer
        try:
            with deadline(min(first, left)) as watch:
                answer = await self.inner.open(request)
        except TimeoutError as error:
            if not watch.expired:
                raise
            what = "did not begin to answer in time" if first < left else "did not answer before the deadline"
            raise self._late(what) from error
        if isinstance(answer, CompleteAnswer):
            return answer
        return TimedAnswer(answer, left - (self._clock.monotonic() - now), self)

    def late(self) -> ProviderTimeoutError:
        """Return the error of an answer that is not complete at the deadline."""
        return self._late("had not completed its answer at the deadline")

    def _late(self, what: str) -> ProviderTimeoutError:
        return ProviderTimeoutError(f"the provider {what}", provider=self._provider)


class TimedAnswer(WrappedAnswer):
    """Ends at the deadline with one timer, whatever the number of pieces.

    Whoever waits for a piece then is woken as :func:`asyncio.timeout` does it, and gets a ProviderTimeoutError.
    """

    def __init__(self, inner: Answer, seconds: float, policy: TimeoutPolicy) -> None:
        """Allow ``seconds`` from now on."""
        super().__init__(inner)
        self._policy = policy
        self._expired = False
        self._waiting: asyncio.Task[object] | None = None
        self._woken = False
        self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._expire)

    async def next(self) -> Delta | None:
        """Return the next piece; raises ProviderTimeoutError at the deadline."""
        if self._over:
            return None
        if self._expired:
            raise self._fail()
        task = self._waiting = asyncio.current_task()
        cancelling = 0 if task is None else task.cancelling()
        try:
            # As the inherited one, without another coroutine per piece.
            piece = await self._inner.next()
        except Exception as error:
            self._finish(error)
            raise
        except asyncio.CancelledError:
            # Somebody else may have cancelled the reader as well: then it is theirs.
            if self._taken_back(task) and task is not None and task.cancelling() <= cancelling:
                raise self._fail() from None
            raise
        finally:
            self._taken_back(task)
            self._waiting = None
        if piece is None:
            self._finish(None)
        return piece

    def _taken_back(self, task: asyncio.Task[object] | None) -> bool:
        """Take our own cancellation back, and tell whether there was one."""
        woken, self._woken = self._woken, False
        if woken and task is not None:
            task.uncancel()
        return woken

    def _expire(self) -> None:
        self._expired = True
        if self._waiting is not None:
            self._woken = True
            self._waiting.cancel()

    def _fail(self) -> ProviderTimeoutError:
        error = self._policy.late()
        self._finish(error)
        return error

    def _ended(self, _error: Exception | None) -> None:
        self._timer.cancel()

    def _left(self, _reason: str) -> None:
        self._timer.cancel()
