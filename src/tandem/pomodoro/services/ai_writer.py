"""Asking a language model for a draft: enforced output, one repair, and a deadline for both."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError

from tandem.ai.client import AIClient, whole
from tandem.ai.messages import Asker, ChatRequest, Message, Origin, Outcome
from tandem.core.clock import Clock
from tandem.core.errors import TandemError
from tandem.core.observability.logger import get_logger
from tandem.pomodoro.ai import prompt
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import AnyKind
from tandem.pomodoro.ai.prose import Draft, Filling
from tandem.pomodoro.ai.slots import offered
from tandem.pomodoro.ai.strict_schema import strict_schema
from tandem.pomodoro.metrics import PomodoroMetrics

log = get_logger(__name__)

TEMPERATURE: Final = 0.7
LEAST_SECONDS: Final = 1.0
"""With less time left nothing is asked any more."""
_TOLD: Final = 5
"""Problems of a draft that a model is told of."""


class NoDraftError(Exception):
    """No usable draft came; ``code`` is a short stable reason, free of what was asked or said."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """A draft and who wrote it."""

    draft: Draft
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: made of the facts before anything is awaited."""

    kind: AnyKind
    messages: tuple[Message, ...]
    filling: Filling
    schema: dict[str, Any]


def request_of(kind: AnyKind, facts: Facts, question: Any) -> Request:
    """Return what a model is asked for an answer of ``kind``."""
    slots = {**offered(facts, kind.slots), **kind.more_slots(facts, question)}
    choices: Mapping[str, tuple[str, ...]] = kind.choices(facts, question)
    return Request(
        kind, prompt.messages(kind, facts, question, slots, choices),
        Filling(facts.text.language, slots, choices), strict_schema(kind.draft, choices),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Author:
    """Whom to ask: a model key, and the provider that it belongs to."""

    key: str
    provider: str


class ModelWriter:
    """Writes drafts with a model through ``client``.

    Fail mode: whatever goes wrong (provider, budget, deadline, an answer that stays unusable) is a NoDraftError within
    the given time; the caller then has the rules write.
    """

    def __init__(self, client: AIClient, author: Author, clock: Clock, metrics: PomodoroMetrics) -> None:
        """Ask ``author`` through ``client``; times are of ``clock``, counts go to ``metrics``."""
        self._client, self.key, self._provider = client, author.key, author.provider
        self._clock, self._metrics = clock, metrics

    async def write(self, request: Request, asker: Asker, seconds: float) -> Written:
        """Return a draft whose texts are checked and filled; raises NoDraftError after at most ``seconds``."""
        failure: NoDraftError
        try:
            async with asyncio.timeout(seconds):
                return await self._write(request, asker, self._clock.monotonic() + seconds)
        except TimeoutError:
            failure = NoDraftError("timeout")
        except TandemError as error:
            failure = NoDraftError(error.code)
        # Outside the handlers: a provider's error may quote the prompt.
        self._metrics.ai_errors.labels(self._provider, request.kind.name, failure.code).inc()
        raise failure

    async def _write(self, request: Request, asker: Asker, deadline: float) -> Written:
        origin, outcome = await self._ask(request, request.messages, asker, deadline)
        draft, problems = read_draft(outcome.text, request)
        if draft is None and deadline - self._clock.monotonic() > LEAST_SECONDS:
            again = prompt.repair(request.messages, outcome.text, problems)
            origin, outcome = await self._ask(request, again, asker, deadline)
            draft, problems = read_draft(outcome.text, request)
        if draft is None:
            log.event(
                "AI_DRAFT_REFUSED", "a model's answer was unusable twice",
                context={"kind": request.kind.name, "provider": origin.provider, "model": origin.model},
            )  # fmt: skip
            self._metrics.ai_errors.labels(origin.provider, request.kind.name, "unusable").inc()
            raise NoDraftError("unusable")
        return Written(draft, origin.provider, origin.model)

    async def _ask(
        self, request: Request, messages: tuple[Message, ...], asker: Asker, deadline: float
    ) -> tuple[Origin, Outcome]:  # fmt: skip
        left = deadline - self._clock.monotonic()
        started = self._clock.monotonic()
        origin, outcome = await whole(
            self._client,
            ChatRequest(
                messages=messages, model=self.key, asker=asker, temperature=TEMPERATURE, max_tokens=request.kind.tokens,
                options={"response_format": _response_format(request)}, timeout=max(LEAST_SECONDS, left), cache=False,
            ),
        )  # fmt: skip
        self._count(request.kind.name, origin, outcome, self._clock.monotonic() - started)
        return origin, outcome

    def _count(self, name: str, origin: Origin, outcome: Outcome, seconds: float) -> None:
        metrics, provider, model = self._metrics, origin.provider, origin.model
        metrics.ai_requests.labels(provider, name).inc()
        metrics.ai_duration.labels(provider, name).observe(seconds)
        metrics.ai_tokens_input.labels(provider, model, name).inc(outcome.usage.prompt)
        metrics.ai_tokens_output.labels(provider, model, name).inc(outcome.usage.completion)
        if outcome.cost:
            metrics.ai_cost.labels(provider, model).inc(outcome.cost / 1_000_000)


def read_draft(said: str, request: Request) -> tuple[Draft | None, str]:
    """Return the draft in what a model said, or None and what is wrong with it in words for the model."""
    found = _json_in(said, request.kind.draft)
    if found is None:
        return None, "it is not one JSON object"
    try:
        return request.kind.draft.model_validate(found, context=request.filling), ""
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)[:_TOLD]
        return None, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems)


def _json_in(said: str, draft: type[Draft]) -> dict[str, Any] | None:
    """Return the JSON object in ``said``: all of it, or from the first brace to the last."""
    bare = said.strip()
    for candidate in (bare, bare[bare.find("{") : bare.rfind("}") + 1]):
        try:
            found = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        if isinstance(found, list) and len(draft.model_fields) == 1:
            # A list of things is often given without its only key.
            return {next(iter(draft.model_fields)): found}
        if isinstance(found, dict):
            return found
    return None


def _response_format(request: Request) -> dict[str, Any]:
    schema = {"name": request.kind.name, "strict": True, "schema": request.schema}
    return {"type": "json_schema", "json_schema": schema}
