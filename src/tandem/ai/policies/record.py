"""Policy: every attempt leaves exactly one usage record, however it ends.

It stands right around the provider, where no caller can pass it by. The record is put down before the reader
learns that the answer is complete: before the end of a stream, and before the one piece of a whole answer.
"""

from collections.abc import Callable
from dataclasses import replace

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.errors import AIError
from tandem.ai.messages import ChatRequest, Delta, Outcome, TokenUsage
from tandem.ai.policies.call import Call, current_call
from tandem.ai.policies.recorder import NOTHING, Recorder
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.usage.events import UsageOutcome


class RecordPolicy:
    """Records each attempt at one provider."""

    def __init__(
        self, inner: AIClient, recorder: Recorder, provider: str, model_of: Callable[[str], str] = str
    ) -> None:
        """Record as ``provider``; ``model_of`` turns the asked key into the provider's own model id."""
        self.inner = inner
        self._recorder = recorder
        self._provider = provider
        self._model_of = model_of

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises what the sink's ``require_room`` raises before the provider is asked."""
        recorder = self._recorder
        recorder.require_room()
        began = recorder.clock.monotonic()
        attempt = Attempt(recorder, request, current_call(began), began, self._provider, self._model_of)
        try:
            answer = await self.inner.open(request)
        except BaseException as error:
            attempt.failed(error)
            raise
        attempt.opened()
        if isinstance(answer, CompleteAnswer):
            origin = answer.origin
            return CompleteAnswer(origin, attempt.over("ok", answer.outcome, origin.model), answer.piece)
        return (RecordedAnswer if request.stream else WholeRecordedAnswer)(answer, attempt)


class Attempt:
    """One attempt and its record; :meth:`failed` or :meth:`over` is to be called once."""

    def __init__(  # noqa: PLR0913, PLR0917 - what an attempt consists of
        self, recorder: Recorder, request: ChatRequest, call: Call, began: float, provider: str,
        model_of: Callable[[str], str],
    ) -> None:  # fmt: skip
        """Begin the attempt at monotonic ``began``."""
        call.attempts += 1
        call.hold()
        self.number = call.attempts
        self.kind_of = recorder.kind_of
        self._recorder, self._request, self._call = recorder, request, call
        self._began, self._provider, self._model_of = began, provider, model_of
        self._first: float | None = None

    def opened(self) -> None:
        """Take note that the first piece is there."""
        self._first = self._seconds()
        self._call.upstream_seconds += self._first

    def failed(self, error: BaseException) -> None:
        """Record an attempt that ended before its first piece."""
        seconds = self._seconds()
        self._call.upstream_seconds += seconds
        model = (error.model if isinstance(error, AIError) else "") or self._model_of(self._request.model)
        self._write(self.kind_of(error), Outcome("", "error", NOTHING, None, seconds, None), model)

    def over(self, outcome: UsageOutcome, told: Outcome, model: str) -> Outcome:
        """Record an attempt that ended after its first piece; return ``told`` with our figures."""
        return self._write(outcome, told, model)

    def cost_of(self, told: Outcome, usage: TokenUsage, model: str) -> int | None:
        """Return micro-dollars; a provider's own figure goes before the table's."""
        if told.cost is not None:
            return told.cost
        return self._recorder.cost_of(self._provider, model, self._request.model, self._model_of, usage)

    def _write(self, outcome: UsageOutcome, told: Outcome, model: str) -> Outcome:
        try:
            usage = self._recorder.usage_of(self._request, told.usage, told.text, outcome)
            cost, first = self.cost_of(told, usage, model), told.first_token or self._first
            self._call.add_cost(cost)
            self._recorder.write(
                self._request, outcome, provider=self._provider, model=model, usage=usage, cost=cost,
                seconds=self._seconds(), first_token=first, attempt=self.number,
            )  # fmt: skip
            return Outcome(told.text, told.finish_reason, usage, cost, told.seconds, first, told.message)
        finally:
            self._call.release()

    def _seconds(self) -> float:
        return max(0.0, self._recorder.clock.monotonic() - self._began)


class RecordedAnswer(WrappedAnswer):
    """Writes the record when the answer ends."""

    def __init__(self, inner: Answer, attempt: Attempt) -> None:
        """Record ``attempt``."""
        super().__init__(inner)
        self._attempt = attempt
        self._final: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What is known so far, with its cost."""
        if self._final is not None:
            return self._final
        told = self._inner.outcome
        return replace(told, cost=self._attempt.cost_of(told, told.usage, self._inner.origin.model))

    def _ended(self, error: Exception | None) -> None:
        if error is not None:
            self._write(self._attempt.kind_of(error))
        else:
            self._write("broken_stream" if self._inner.outcome.finish_reason == "error" else "ok")

    def _left(self, reason: str) -> None:
        self._write("shutdown" if reason == "shutdown" else "cancelled")

    def _write(self, outcome: UsageOutcome) -> None:
        origin = self._inner.origin
        self._final = self._attempt.over(outcome, self._inner.outcome, origin.model)


class WholeRecordedAnswer(RecordedAnswer):
    """Reads a whole answer to its end, and so records it, before its piece is handed over.

    Nothing is waited for: all of it is there with its first piece.
    """

    _ahead: Delta | None = None

    async def next(self) -> Delta | None:
        """Return the next piece."""
        if self._ahead is not None and self._leaving is None:
            ahead, self._ahead = self._ahead, None
            return ahead
        piece = await super().next()
        if piece is not None:
            self._ahead = piece
            self._ahead = await super().next()
        return piece
