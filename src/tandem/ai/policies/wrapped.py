"""The part that all policies share which live on while an answer is read: how an answer ends, told once."""

from tandem.ai.client import Answer
from tandem.ai.messages import Delta, Origin, Outcome


class WrappedAnswer(Answer):
    """An answer around another one; tells its policy exactly once how it ended.

    :meth:`_ended` comes for an answer that was read to its end or failed, :meth:`_left` for one that was closed
    before. A cancelled :meth:`next` is neither: whoever reads may try again, or closes. Both are plain functions:
    where the reader is being cancelled nothing can be awaited reliably, yet slots must come back and records must be
    written.
    """

    def __init__(self, inner: Answer) -> None:
        """Surround ``inner``."""
        self._inner = inner
        self._over = False
        self._leaving: str | None = None

    @property
    def origin(self) -> Origin:
        """Who answers."""
        return self._inner.origin

    @property
    def outcome(self) -> Outcome:
        """What is known so far."""
        return self._inner.outcome

    async def next(self) -> Delta | None:
        """Return the next piece; None at the end and ever after."""
        if self._over:
            return None
        try:
            piece = await self._inner.next()
        except Exception as error:
            self._finish(error)
            raise
        if piece is None:
            self._finish(None)
        return piece

    async def close(self, reason: str | None = None) -> None:
        """End the inner answer, then tell the policy that its reader left."""
        if self._leaving is None:
            self._leaving = reason or "cancelled"
        try:
            await self._inner.close(reason)
        finally:
            self._finish(None)

    def _finish(self, error: Exception | None) -> None:
        if self._over:
            return
        self._over = True
        if self._leaving is None:
            self._ended(error)
        else:
            # What a read met while somebody closed the answer is no fault of the provider.
            self._left(self._leaving)

    def _ended(self, error: Exception | None) -> None:
        """The answer was read to its end, or failed with ``error``."""

    def _left(self, reason: str) -> None:
        """The answer was closed before its end; ``reason`` is ``cancelled`` or ``shutdown``."""
