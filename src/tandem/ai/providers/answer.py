"""An answer of a provider, from its first piece to its outcome."""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from tandem.ai.client import Answer, CompleteAnswer
from tandem.ai.errors import AIError
from tandem.ai.messages import ChatRequest, Delta, FinishReason, Origin, Outcome, TokenUsage
from tandem.ai.providers.assembly import Assembly
from tandem.ai.providers.failures import Failures
from tandem.ai.providers.pieces import Piece, ShapeError
from tandem.ai.providers.sources import PieceSource
from tandem.core.clock import Clock
from tandem.core.values import value

Estimate = Callable[[ChatRequest, str], TokenUsage]
"""Counts the tokens of a request and of what the model wrote, for a provider that does not."""

AFTERMATH: Final = 2.0
"""Seconds that a finished answer waits for the usage that should follow it."""


@value(frozen=True, slots=True)
class Call:
    """What an answer has to know of the call that it answers."""

    request: ChatRequest
    origin: Origin
    begun: float
    """On the clock's monotonic scale."""
    clock: Clock
    estimate: Estimate
    failures: Failures
    keeps_cost: bool = False
    """Whether the provider's own word about the cost counts."""


class ProviderAnswer(Answer):
    """An answer in pieces; see :class:`~tandem.ai.client.Answer`. For one task at a time."""

    def __init__(self, call: Call, source: PieceSource) -> None:
        """Read ``source``; call :meth:`begin` first."""
        self._call, self._source = call, source
        self._assembly = Assembly()
        self._held: Delta | None = None
        self._first_token: float | None = None
        self._ended: tuple[FinishReason, float] | None = None
        self._counted: TokenUsage | None = None

    async def begin(self) -> None:
        """Wait for the first piece, or the end; raises an AIError, then nothing stays open."""
        try:
            self._held = await self._advance()
        except BaseException:
            self._end("error")
            raise

    @property
    def origin(self) -> Origin:
        """Who answers."""
        return self._call.origin

    @property
    def outcome(self) -> Outcome:
        """What is known so far. An answer that is still going on would be cancelled if it were left now."""
        finish, at = self._ended or ("cancelled", self._call.clock.monotonic())
        kept = self._assembly
        return Outcome(
            text=kept.text,
            finish_reason=finish,
            usage=kept.usage or self._estimated(),
            cost=kept.cost if self._call.keeps_cost else None,
            seconds=at - self._call.begun,
            first_token=self._first_token,
            message=kept.message(),
        )

    async def next(self) -> Delta | None:
        """Return the next piece, None at the end; raises an AIError."""
        if self._held is not None:
            held, self._held = self._held, None
            return held
        return await self._advance()

    async def close(self, reason: str | None = None) -> None:
        """End the answer; the upstream's socket is closed on return."""
        self._end(cast("FinishReason", reason if reason in {"cancelled", "shutdown"} else "cancelled"))

    async def _advance(self) -> Delta | None:
        while self._ended is None:
            try:
                piece = await self._piece()
                if piece is None:
                    self._complete()
                    return None
                delta = self._add(piece)
            except AIError:
                if self._ended is not None:
                    # Closed by another task while this one was reading: there is nothing more, and no failure.
                    return None
                self._end("error")
                raise
            if delta is not None:
                if self._first_token is None:
                    self._first_token = self._call.clock.monotonic() - self._call.begun
                return delta
        return None

    async def _piece(self) -> Piece | None:
        begun = self._first_token is not None
        if self._assembly.finish is None:
            return await self._source.next(begun=begun)
        # The answer is complete; only the usage may still come, and its lack is no reason to fail.
        try:
            async with asyncio.timeout(AFTERMATH):
                return await self._source.next(begun=begun)
        except (AIError, TimeoutError):
            return None

    def _add(self, piece: Piece) -> Delta | None:
        try:
            return self._assembly.add(piece)
        except ShapeError as error:
            raise self._call.failures.bad(str(error), begun=self._first_token is not None) from None

    def _complete(self) -> None:
        begun, finish = self._first_token is not None, self._assembly.finish
        if finish is None:
            raise self._call.failures.bad("the provider ended its answer in the middle", begun=begun)
        if self._assembly.says_nothing:
            raise self._call.failures.bad("the provider's answer is empty")
        self._end(finish)

    def _end(self, finish: FinishReason) -> None:
        if self._ended is None:
            self._ended = (finish, self._call.clock.monotonic())
            self._source.close()

    def _estimated(self) -> TokenUsage:
        if self._ended is None:
            return self._call.estimate(self._call.request, self._assembly.generated)
        if self._counted is None:
            self._counted = self._call.estimate(self._call.request, self._assembly.generated)
        return self._counted


def complete(call: Call, piece: Piece) -> CompleteAnswer:
    """Return the answer that is all there with its one ``piece``; raises an AIError for one that says nothing."""
    kept = Assembly()
    try:
        delta = kept.add(piece)
    except ShapeError as error:
        raise call.failures.bad(str(error)) from None
    if kept.says_nothing:
        raise call.failures.bad("the provider's answer is empty")
    seconds = call.clock.monotonic() - call.begun
    outcome = Outcome(
        text=kept.text, finish_reason=kept.finish or "stop",
        usage=kept.usage or call.estimate(call.request, kept.generated), cost=kept.cost if call.keeps_cost else None,
        seconds=seconds, first_token=None if delta is None else seconds, message=kept.message(),
    )  # fmt: skip
    return CompleteAnswer(call.origin, outcome, delta)
