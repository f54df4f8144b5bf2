"""OpenAI's API, so that its clients work against this server unchanged."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tandem.ai.client import AIClient, whole
from tandem.ai.live_stream import EndReason, LiveStream, Voice
from tandem.ai.messages import Asker, ChatRequest, Delta, Origin
from tandem.core.disconnect import while_connected
from tandem.core.errors import NotFoundError, TandemError
from tandem.core.json_answer import JsonAnswer
from tandem.core.json_body import described, json_body
from tandem.core.limits.current import hold_stream
from tandem.core.observability.identifiers import new_request_id
from tandem.core.problems import responses
from tandem.tokimeki.api.streams import begun_stream
from tandem.tokimeki.dependencies import AskerDep, ContextDep, ProcessContext
from tandem.tokimeki.schemas.openai import CompletionAsk

router = APIRouter(prefix="/v1", tags=["openai"])

CompletionBody = Annotated[CompletionAsk, Depends(json_body(CompletionAsk))]


class UnknownModelError(NotFoundError):
    """As OpenAI's clients expect it."""

    code = "model_not_found"


@router.get("/models", summary="Models")
async def models(context: ContextDep) -> dict[str, Any]:
    """List the model keys that may be asked for."""
    return {"object": "list", "data": [_model(context, key) for key in context.catalog.models]}


@router.get("/models/{model:path}", summary="One model", responses=responses(404))
async def model(model: str, context: ContextDep) -> dict[str, Any]:
    """Describe a model key."""
    _require(context, model)
    return _model(context, model)


@router.post(
    "/chat/completions",
    summary="Chat completion",
    openapi_extra=described(CompletionAsk),
    response_class=Response,
    responses=responses(402, 404, 409, 415, 502, 503, 504),
)
async def completions(
    request: Request, ask: CompletionBody, asker: AskerDep, context: ContextDep
) -> Response:
    """Answer as OpenAI does, whole or streamed."""
    _require(context, ask.model)
    client, hub, wanted = context.gateway.chat, context.hub, _request(ask, asker)
    name = f"chatcmpl-{new_request_id()}"
    head = {"id": name, "created": int(context.clock.now().timestamp()), "model": ask.model}
    if not ask.stream:
        answer = await while_connected(request, _whole(client, wanted, head))
        return JsonAnswer(orjson.dumps(answer, default=dict))
    await hold_stream(request)
    with_usage = ask.stream_options is not None and ask.stream_options.include_usage
    chunks = Chunks({**head, "object": "chat.completion.chunk"}, with_usage=with_usage)
    return await begun_stream(
        request, hub,
        lambda: hub.start(name, asker.user, lambda live: chunks.produce(client, wanted, live), voice=OPENAI_VOICE),
    )  # fmt: skip


def _require(context: ProcessContext, model: str) -> None:
    if not context.catalog.knows(model):
        raise UnknownModelError(f"there is no model {model[:100]!r}; GET /v1/models lists them")


def _model(context: ProcessContext, key: str) -> dict[str, Any]:
    return {"id": key, "object": "model", "created": 0, "owned_by": context.catalog.provider_of(key)}


def _request(ask: CompletionAsk, asker: Asker) -> ChatRequest:
    return ChatRequest(
        messages=tuple(message.message() for message in ask.messages), model=ask.model, asker=asker,
        temperature=ask.temperature, max_tokens=ask.max_completion_tokens or ask.max_tokens, stream=ask.stream,
        options=ask.options,
    )  # fmt: skip


async def _whole(client: AIClient, wanted: ChatRequest, head: Mapping[str, Any]) -> dict[str, Any]:
    origin, outcome = await whole(client, wanted)
    message = {"role": "assistant", "content": outcome.text, **outcome.message}
    choice = {"index": 0, "message": message, "finish_reason": outcome.finish_reason, "logprobs": None}
    return {
        **head, "object": "chat.completion", "choices": [choice], "usage": outcome.usage.wire(),
        "tandem": {**_about(origin), "cost_micro_usd": outcome.cost},
    }  # fmt: skip


class OpenAIVoice(Voice):
    """An answer that ends before its time ends with a chunk that holds ``error``, since the status is sent already."""

    def ended(self, number: int, reason: EndReason, so_far: Mapping[str, Any]) -> bytes:  # noqa: ARG002
        """Return the chunk of an answer that was ended."""
        return _event({"error": _problem(f"the answer was ended before its time: {reason}", reason)})

    def failed(self, number: int, error: TandemError, so_far: Mapping[str, Any]) -> bytes:  # noqa: ARG002
        """Return the chunk of an answer that failed."""
        return _event({"error": _problem(error.message, error.code)})


OPENAI_VOICE: Final = OpenAIVoice()


class Chunks:
    """Writes an answer as OpenAI's chunks."""

    def __init__(self, head: Mapping[str, Any], *, with_usage: bool) -> None:
        """Begin every chunk with ``head``; tell the usage at the end if it was asked for."""
        self._head = head
        self._with_usage = with_usage

    async def produce(self, client: AIClient, wanted: ChatRequest, stream: LiveStream) -> None:
        """Write the whole stream; the stream itself tells how else it ends."""
        answer = await client.open(wanted)
        async with stream.ending(answer):
            await stream.send(self._chunk({"role": "assistant", "content": ""}, about=answer.origin))
            async for delta in answer:
                await stream.send(self._chunk(_delta(delta)))
        outcome = answer.outcome
        stream.complete()
        await stream.send(self._chunk({}, outcome.finish_reason))
        if self._with_usage:
            await stream.send(_event({**self._head, "choices": [], "usage": outcome.usage.wire()}))
        await stream.send(b"data: [DONE]\n\n")

    def _chunk(
        self, delta: Mapping[str, Any], finish: str | None = None, about: Origin | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        told = {} if about is None else {"tandem": _about(about)}
        return _event({**self._head, "choices": [choice], **told})


def _delta(delta: Delta) -> Mapping[str, Any]:
    return delta.wire if delta.wire is not None else {"content": delta.text}


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _about(origin: Origin) -> dict[str, Any]:
    return {"provider": origin.provider, "served_by": origin.model, "fallback": origin.fallback}


def _problem(message: str, code: str) -> dict[str, str | None]:
    return {"message": message, "type": code, "param": None, "code": code}
