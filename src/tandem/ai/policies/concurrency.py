"""Policy: a provider gives a bounded number of answers at once; a bounded number of callers waits, in order."""

from dataclasses import dataclass

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.errors import QueueFullError
from tandem.ai.messages import ChatRequest
from tandem.ai.policies.breaker import Refused
from tandem.ai.policies.call import current_call
from tandem.ai.policies.slots import Slots, SlotsStatistics
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The places of one provider in one worker."""

    limit: int = 1_000
    """Answers at once."""
    queue: int = 1_000
    """Callers that wait."""
    wait: float = 10.0
    """Seconds that one waits at most."""


class ConcurrencyPolicy:
    """Holds a place from before the attempt until the answer has ended or is closed."""

    def __init__(
        self,
        inner: AIClient,
        concurrency: Concurrency,
        clock: Clock,
        provider: str,
        refused: Refused | None = None,
    ) -> None:
        """Bound ``inner``."""
        self.inner = inner
        self._slots = Slots(concurrency.limit, concurrency.queue, concurrency.wait)
        self._clock = clock
        self._provider = provider
        self._refused = refused

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises QueueFullError when the queue is full, or no place became free in time."""
        now = self._clock.monotonic()
        if not await self._slots.take(current_call(now).remaining(now)):
            raise self._refuse(request)
        try:
            answer = await self.inner.open(request)
        except BaseException:
            self._slots.give_back()
            raise
        if isinstance(answer, CompleteAnswer):
            self._slots.give_back()
            return answer
        return PlacedAnswer(answer, self._slots)

    def statistics(self) -> SlotsStatistics:
        """Return one look."""
        return self._slots.statistics()

    def _refuse(self, request: ChatRequest) -> QueueFullError:
        error = QueueFullError("too many callers wait for this provider already", provider=self._provider)
        if self._refused is not None:
            self._refused(request, error)
        return error


class PlacedAnswer(WrappedAnswer):
    """Gives the place back at its end."""

    def __init__(self, inner: Answer, slots: Slots) -> None:
        """Hold one place of ``slots``."""
        super().__init__(inner)
        self._slots = slots

    def _ended(self, _error: Exception | None) -> None:
        self._slots.give_back()

    def _left(self, _reason: str) -> None:
        self._slots.give_back()
