"""Answers that cost nothing: one that was kept, and one that somebody else is being given right now."""

from collections.abc import Sequence
from dataclasses import replace

from tandem.ai.client import Answer
from tandem.ai.messages import ChatRequest, Delta, Origin, Outcome
from tandem.ai.policies.answer_store import StoredAnswer
from tandem.ai.policies.flight import Flight
from tandem.ai.policies.recorder import Recorder


class ReplayedAnswer(Answer):
    """Gives a kept answer again, in pieces or as a whole."""

    def __init__(self, stored: StoredAnswer, *, whole: bool) -> None:
        """Replay ``stored``; in one piece if ``whole``."""
        self._stored = stored
        self._pieces: Sequence[Delta] = (_as_one(stored),) if whole else stored.pieces
        self._at = 0

    @property
    def origin(self) -> Origin:
        """Who answered, marked as cached."""
        return self._stored.origin

    @property
    def outcome(self) -> Outcome:
        """The whole answer, at no cost."""
        return self._stored.outcome

    async def next(self) -> Delta | None:
        """Return the next piece, at once."""
        if self._at >= len(self._pieces):
            return None
        self._at += 1
        return self._pieces[self._at - 1]

    async def close(self, reason: str | None = None) -> None:  # noqa: ARG002 - nothing is ended before its time
        """Give no more."""
        self._at = len(self._pieces)


class FlightAnswer(Answer):
    """Reads a shared answer.

    Who began it ``pays``: attempts are recorded on his account, and the answer is his own. All others'
    is marked as cached and recorded as such once they end, with what they have read until then.
    """

    def __init__(self, flight: Flight, request: ChatRequest, recorder: Recorder, *, pays: bool) -> None:
        """Read ``flight``, which was joined already."""
        self._flight = flight
        self._request = request
        self._recorder = recorder
        self._pays = pays
        self._began = recorder.clock.monotonic()
        self._at = 0
        self._over = False
        self._final: Outcome | None = None

    @property
    def origin(self) -> Origin:
        """Who answers."""
        flight = self._flight
        return flight.origin if self._pays else replace(flight.origin, cached=True, created=flight.created)

    @property
    def outcome(self) -> Outcome:
        """What is known so far: of this reader, not of the faster ones."""
        return self._final or self._so_far()

    async def next(self) -> Delta | None:
        """Return the next piece; raises what the upstream failed with, after the pieces before it."""
        flight = self._flight
        while not self._over:
            if self._at < len(flight.pieces):
                self._at += 1
                return flight.pieces[self._at - 1]
            if flight.over:
                self._end(None)
                if flight.error is not None:
                    raise flight.error
                break
            await flight.changed()
        return None

    async def close(self, reason: str | None = None) -> None:
        """Stop reading; the last one who does ends the upstream."""
        if not self._over and self._end(reason or "cancelled"):
            await self._flight.ended()
            self._final = replace(self._flight.outcome, cost=self._cost())

    def _end(self, reason: str | None) -> bool:
        self._over = True
        self._final = self._so_far()
        last = self._flight.leave(reason)
        if not self._pays:
            self._write(reason)
        return last

    def _so_far(self) -> Outcome:
        told = self._flight.outcome
        if self._at < len(self._flight.pieces):
            text = "".join(piece.text for piece in self._flight.pieces[: self._at])
            return replace(told, text=text, finish_reason="cancelled", message={}, cost=self._cost())
        return told if self._pays else replace(told, cost=0)

    def _cost(self) -> int | None:
        return self._flight.outcome.cost if self._pays else 0

    def _write(self, reason: str | None) -> None:
        origin, error = self._flight.origin, self._flight.error
        failed = reason is None and error is not None
        self._recorder.write(
            self._request, self._recorder.kind_of(error) if failed and error is not None else "cached",
            provider=origin.provider, model=origin.model, usage=self.outcome.usage,
            seconds=self._recorder.clock.monotonic() - self._began,
        )  # fmt: skip


def _as_one(stored: StoredAnswer) -> Delta:
    wired = any(piece.wire is not None for piece in stored.pieces)
    return Delta(stored.outcome.text, stored.outcome.message if wired else None)
