"""The one protocol that providers and policies share.

A policy (timeout, retry, breaker, fallback, concurrency, cache, budget, record) is an :class:`AIClient` around
another one. All of them see the same two phases, which makes "only before the first byte" a matter of place:

* :meth:`AIClient.open` returns once the first piece of the answer is there, or raises. Until then nothing
  has been sent to anybody, so it may be tried again or elsewhere.
* Iterating the :class:`Answer` gives the pieces. An error here is final: it is raised out of the iteration and
  the outcome tells what was delivered until then.

Whole and streamed answers run through the same code: a call that is not streamed is an answer of one piece.
"""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Protocol, Self

from tandem.ai.messages import ChatRequest, Delta, Origin, Outcome


class Answer(ABC):
    """An answer that has begun. Iterate it to its end, or leave the ``async with`` block to cancel the upstream.

    Leaving is idempotent, never raises, and closes the upstream connection within 100 ms; what was delivered
    until then is in :attr:`outcome`.
    """

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """Who answers."""

    @property
    @abstractmethod
    def outcome(self) -> Outcome:
        """What is known so far; final once the iteration or the block has ended."""

    @abstractmethod
    async def next(self) -> Delta | None:
        """Return the next piece, None at the end; raises an AIError (errors.py) when the upstream fails."""

    @abstractmethod
    async def close(self, reason: str | None = None) -> None:
        """End the answer; ``reason`` is "cancelled" or "shutdown" when it is ended before its time."""

    def __aiter__(self) -> Self:
        """Iterate the pieces."""
        return self

    async def __anext__(self) -> Delta:
        """Return the next piece."""
        delta = await self.next()
        if delta is None:
            raise StopAsyncIteration
        return delta

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; as cancelled when the block is left by an error or before the end."""
        await self.close()


class CompleteAnswer(Answer):
    """An answer of which nothing is awaited any more: one JSON document, which is there with its first piece.

    Policies are done with it before they return from :meth:`AIClient.open`, and hand it on as it is, instead of
    surrounding it: half of what a short answer cost went into asking one wrapper after another for the next piece.
    """

    def __init__(self, origin: Origin, outcome: Outcome, piece: Delta | None) -> None:
        """Hold ``piece``, None for an answer that is cut off before its first token."""
        self._origin, self._outcome, self.piece = origin, outcome, piece

    @property
    def origin(self) -> Origin:
        """Who answered."""
        return self._origin

    @property
    def outcome(self) -> Outcome:
        """What is known; final."""
        return self._outcome

    async def next(self) -> Delta | None:
        """Return the piece, once."""
        piece, self.piece = self.piece, None
        return piece

    async def close(self, reason: str | None = None) -> None:
        """Nothing is open."""


class AIClient(Protocol):
    """Something that answers chat requests."""

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; returns with its first piece at hand.

        Raises an AIError; safe to cancel: then nothing stays open upstream.
        """


async def whole(client: AIClient, request: ChatRequest) -> tuple[Origin, Outcome]:
    """Return an answer at its end."""
    answer = await client.open(request)
    if isinstance(answer, CompleteAnswer):
        return answer.origin, answer.outcome
    async with answer:
        async for _ in answer:
            pass
        return answer.origin, answer.outcome
