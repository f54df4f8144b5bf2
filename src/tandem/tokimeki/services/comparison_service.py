"""One prompt, several models, each on a lane of its own."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from tandem.ai.catalog import Catalog
from tandem.ai.client import AIClient, Answer
from tandem.ai.live_stream import Ending, LiveStream
from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.core.clock import Clock
from tandem.core.errors import NotFoundError, OperationalError, TandemError
from tandem.core.observability.logger import get_logger
from tandem.tokimeki.repositories.comparison_repository import ComparisonRepository
from tandem.tokimeki.schemas.chat import Usage
from tandem.tokimeki.schemas.comparison import (
    CompareAnswer,
    CompareAsk,
    CompareSummary,
    KeptComparison,
    LaneResult,
)
from tandem.tokimeki.services.chat_service import timings, waited

log = get_logger(__name__)

LANE_SECONDS: Final = 60.0
"""Deadline of a lane for which the caller sets none."""

SLACK_SECONDS: Final = 1.0


class LaneSwitch:
    """Ends one lane early; the others never notice."""

    def __init__(self) -> None:
        """Stand on "go"."""
        self.off = False
        self._deadline: asyncio.Timeout | None = None

    def within(self, seconds: float) -> asyncio.Timeout:
        """Return the deadline of the lane that begins now."""
        self._deadline = asyncio.timeout(seconds)
        return self._deadline

    def require_on(self) -> None:
        """Raise TimeoutError if it was turned off before its lane began."""
        if self.off:
            raise TimeoutError

    def turn_off(self) -> None:
        """End the lane now, or before it begins; one that is over stays as it is."""
        self.off = True
        if self._deadline is not None:
            with suppress(RuntimeError):  # it is over
                self._deadline.reschedule(asyncio.get_running_loop().time())


class Audience(Protocol):
    """Who hears of the lanes while they run: a stream, or nobody."""

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell an event."""

    def complete(self) -> None:
        """Say that all lanes are over."""

    def ending(self, answer: Ending) -> AbstractAsyncContextManager[None]:
        """Return the block in which ``answer`` is read, and at whose end it is closed."""


class Nobody:
    """The whole answer comes at the end."""

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell nobody."""

    def complete(self) -> None:
        """Tell nobody."""

    @asynccontextmanager
    async def ending(self, answer: Ending) -> AsyncIterator[None]:
        """Close ``answer`` at the end of the block."""
        try:
            yield
        finally:
            await answer.close()


@dataclass(frozen=True, slots=True)
class Lane:
    """One model of a comparison."""

    number: int
    model: str
    request: ChatRequest
    switch: LaneSwitch = field(default_factory=LaneSwitch)
    begun: list[tuple[Answer, float]] = field(default_factory=list)
    """Its answer and the seconds until its first piece, once it has begun; of one that breaks off it knows what was delivered and what that cost."""


class ComparisonService:
    """Runs lanes concurrently, or one after another; a lane that fails or is slow harms no other."""

    def __init__(
        self, *, client: AIClient, catalog: Catalog, default_models: Sequence[str],
        repository: ComparisonRepository, clock: Clock,
    ) -> None:  # fmt: skip
        """Ask ``client``, which must not answer for a provider that is not configured."""
        self._client = client
        self._catalog = catalog
        self._default_models = list(default_models)
        self._repository = repository
        self._clock = clock

    def lanes(self, asker: Asker, ask: CompareAsk, *, stream: bool) -> list[Lane]:
        """Return the lanes; raises InvalidInputError for an unknown model. A model that is named twice runs twice."""
        models = self._default_models if ask.models is None else ask.models
        for model in models:
            self._catalog.provider_of(model)
        request = ChatRequest(
            messages=(Message("user", ask.prompt),), model="", asker=asker, temperature=ask.temperature,
            max_tokens=ask.max_tokens, stream=stream, timeout=ask.lane_seconds or LANE_SECONDS,
        )  # fmt: skip
        return [Lane(number, model, replace(request, model=model)) for number, model in enumerate(models)]

    async def compare(self, asker: Asker, ask: CompareAsk) -> CompareAnswer:
        """Return all lanes' results at the end of the last one, and keep them."""
        return await self._all(asker, ask, self.lanes(asker, ask, stream=False), Nobody())

    async def produce(self, asker: Asker, ask: CompareAsk, lanes: Sequence[Lane], stream: LiveStream) -> None:
        """Write all lanes into one stream: ``start``, per lane ``delta`` and ``lane_done`` or ``lane_error``, ``done``."""
        stream.parts = [lane.switch.turn_off for lane in lanes]
        await stream.emit("start", {"stream_id": stream.name, "lanes": [lane.model for lane in lanes]})
        answer = await self._all(asker, ask, lanes, stream)
        stream.put("done", answer.model_dump(mode="json"))

    async def kept(self, user: str, comparison: UUID) -> KeptComparison:
        """Return a comparison of ``user``; raises NotFoundError."""
        found = await self._repository.get(user, comparison)
        if found is None:
            raise NotFoundError("there is no such comparison")
        return found

    async def _all(
        self, asker: Asker, ask: CompareAsk, lanes: Sequence[Lane], audience: Audience
    ) -> CompareAnswer:
        results = await (self._in_turn(lanes, audience) if ask.sequential else self._at_once(lanes, audience))
        audience.complete()
        now = self._clock.now()
        answer = CompareAnswer(
            prompt=ask.prompt, results=sorted(results, key=lambda result: result.response_time),
            summary=summary(results), timestamp=now.replace(tzinfo=None).isoformat(), comparison_id=uuid4(),
        )  # fmt: skip
        return await self._keep(asker.user, ask, answer, now)

    async def _in_turn(self, lanes: Sequence[Lane], audience: Audience) -> list[LaneResult]:
        return [await self._lane(lane, audience) for lane in lanes]

    async def _at_once(self, lanes: Sequence[Lane], audience: Audience) -> list[LaneResult]:
        tasks = [
            asyncio.create_task(self._lane(lane, audience), name=f"lane {lane.number}") for lane in lanes
        ]
        try:
            # A lane does not fail because of its model; what it raises ends the whole comparison.
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(
        self, user: str, ask: CompareAsk, answer: CompareAnswer, now: dt.datetime
    ) -> CompareAnswer:
        assert answer.comparison_id is not None  # noqa: S101 - made above
        try:
            await self._repository.put(
                user, KeptComparison(id=answer.comparison_id, created_at=now, ask=ask, answer=answer)
            )
        except OperationalError as error:
            # The answers are worth more than the place to find them again.
            log.warning("a comparison could not be kept: %s", error)
            return answer.model_copy(update={"comparison_id": None})
        return answer

    async def _lane(self, lane: Lane, audience: Audience) -> LaneResult:
        started = time.perf_counter()
        seconds = lane.request.timeout or LANE_SECONDS
        try:
            lane.switch.require_on()
            # The gateway keeps the deadline itself and tells why; this one is for whatever it might overlook.
            async with lane.switch.within(seconds + SLACK_SECONDS):
                result = await self._answered(lane, audience, started)
        except TandemError as error:
            result = _failed(lane, error.message, error.code, started)
        except TimeoutError:
            late = (f"no whole answer within {seconds:g} s", "provider_timeout")
            result = _failed(lane, *(("cancelled", "cancelled") if lane.switch.off else late), started)
        await audience.emit(
            "lane_done" if result.success else "lane_error",
            {"lane": lane.number, **result.model_dump(mode="json")},
        )
        return result

    async def _answered(self, lane: Lane, audience: Audience, started: float) -> LaneResult:
        answer = await self._client.open(lane.request)
        opened = time.perf_counter() - started
        lane.begun.append((answer, opened))
        async with audience.ending(answer):
            async for delta in answer:
                if delta.text:
                    await audience.emit(
                        "delta", {"lane": lane.number, "model": lane.model, "text": delta.text}
                    )
            origin, outcome = answer.origin, answer.outcome
        words = outcome.text.split()
        measured = timings(outcome, waited(opened, outcome), streamed=lane.request.stream)
        return LaneResult(
            model=lane.model, success=True, response_time=time.perf_counter() - started, response=outcome.text,
            token_count=outcome.usage.completion, word_count=len(words),
            avg_word_length=sum(map(len, words)) / len(words) if words else 0.0,
            usage=Usage(**outcome.usage.wire()), provider=origin.provider, served_by=origin.model,
            from_cache=origin.cached, first_token_seconds=measured.first_token_seconds,
            tokens_per_second=measured.tokens_per_second, cost_micro_usd=outcome.cost,
            finish_reason=outcome.finish_reason,
        )  # fmt: skip


def summary(results: Sequence[LaneResult]) -> CompareSummary:
    """Sum up the successes; an answer out of the cache says nothing about a model's speed."""
    good = [result for result in results if result.success]
    timed = sorted((r for r in good if not r.from_cache), key=lambda r: r.response_time)
    return CompareSummary(
        total_models=len(results), successful_models=len(good),
        avg_response_time=sum(r.response_time for r in good) / len(good) if good else 0,
        avg_token_count=sum(r.token_count for r in good) / len(good) if good else 0,
        fastest_model=timed[0].model if timed else None, slowest_model=timed[-1].model if timed else None,
    )  # fmt: skip


def _failed(lane: Lane, reason: str, code: str, started: float) -> LaneResult:
    failed = LaneResult(
        model=lane.model, success=False, response_time=time.perf_counter() - started, response=None, token_count=0,
        word_count=0, avg_word_length=0, error=reason, code=code,
    )  # fmt: skip
    return failed.model_copy(update=_broken_off(*lane.begun[0], lane.request)) if lane.begun else failed


def _broken_off(answer: Answer, opened: float, request: ChatRequest) -> dict[str, Any]:
    """Return what a failed lane tells of the answer that it had begun."""
    origin, outcome = answer.origin, answer.outcome
    measured = timings(outcome, waited(opened, outcome), streamed=request.stream)
    return {
        "delivered": outcome.text, "provider": origin.provider, "served_by": origin.model, "cost_micro_usd": outcome.cost,
        "first_token_seconds": measured.first_token_seconds,
    }  # fmt: skip
