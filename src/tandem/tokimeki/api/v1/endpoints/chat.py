"""Chat, conversations and comparisons."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from tandem.core.disconnect import while_connected
from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.tokimeki.api.streams import begun_stream, followed_stream
from tandem.tokimeki.dependencies import AskerDep, ContextDep, FactoryDep
from tandem.tokimeki.schemas.chat import (
    ChatAnswer,
    ChatAsk,
    Conversation,
    ConversationCreate,
    ConversationHead,
    ConversationPage,
    Estimate,
)
from tandem.tokimeki.schemas.comparison import MOST_LANES, CompareAnswer, CompareAsk, KeptComparison

router = APIRouter(prefix="/api/v1", tags=["chat"])

ChatBody = Annotated[ChatAsk, Depends(json_body(ChatAsk))]
CompareBody = Annotated[CompareAsk, Depends(json_body(CompareAsk))]
StreamName = Annotated[str, Path(max_length=100)]
LaneNumber = Annotated[int, Path(ge=0, lt=MOST_LANES)]
LastEventId = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=2**31, description="The last event that was seen.")
]


@router.post(
    "/chat",
    summary="Ask a model",
    openapi_extra=described(ChatAsk),
    responses=responses(402, 404, 415, 422, 502, 503, 504),
)
async def chat(request: Request, ask: ChatBody, asker: AskerDep, factory: FactoryDep) -> ChatAnswer:
    """Answer a message as a whole."""
    prepared = await factory.chat.prepare(asker, ask, stream=False)
    return await while_connected(request, factory.chat.reply(prepared))


@router.post(
    "/chat/stream", summary="Ask a model, streamed", openapi_extra=described(ChatAsk),
    response_class=StreamingResponse, responses=responses(402, 404, 409, 415, 422, 502, 503, 504),
)  # fmt: skip
async def chat_stream(
    request: Request, ask: ChatBody, asker: AskerDep, factory: FactoryDep, context: ContextDep
) -> Response:
    """Answer a message as Server-Sent Events: `start`, `delta` ..., then `done`, `error`, `cancelled` or `shutdown`."""
    service, hub = factory.chat, context.hub
    prepared = await service.prepare(asker, ask, stream=True)
    name = ask.stream_id or hub.new_name()
    return await begun_stream(
        request, hub,
        lambda: hub.start(name, asker.user, lambda live: service.produce(prepared, live), resumable=ask.resumable),
    )  # fmt: skip


@router.get(
    "/chat/streams/{stream_id}", summary="Follow a stream again", response_class=StreamingResponse,
    responses=responses(404, 409, 422),
)  # fmt: skip
async def follow(
    request: Request,
    stream_id: StreamName,
    asker: AskerDep,
    context: ContextDep,
    last_event_id: LastEventId = None,
) -> Response:
    """Give what came after `Last-Event-ID` of a resumable stream, and follow on; 409 if it lives in another worker."""
    stream = await context.exchange.find(stream_id, asker.user)
    return followed_stream(request, context.hub, context.hub.read(stream, after=last_event_id or 0))


@router.delete(
    "/chat/streams/{stream_id}",
    status_code=204,
    summary="Cancel a stream",
    responses=responses(404, 409, 422),
)
async def cancel(stream_id: StreamName, asker: AskerDep, context: ContextDep) -> None:
    """End a stream in whatever worker, also before its first token; the upstream is closed at once."""
    await context.exchange.cancel(stream_id, asker.user)


@router.post(
    "/chat/estimate",
    summary="What would it cost",
    openapi_extra=described(ChatAsk),
    responses=responses(404, 415, 422),
)
async def estimate(ask: ChatBody, asker: AskerDep, factory: FactoryDep) -> Estimate:
    """Estimate the tokens and the cost of a message before it is sent."""
    return await factory.estimates.estimate(asker.user, ask)


@router.post(
    "/compare",
    summary="Compare models",
    openapi_extra=described(CompareAsk),
    responses=responses(415, 422, 503),
)
async def compare(request: Request, ask: CompareBody, asker: AskerDep, factory: FactoryDep) -> CompareAnswer:
    """Ask several models the same and wait for all of them."""
    return await while_connected(request, factory.comparison.compare(asker, ask))


@router.post(
    "/compare/stream", summary="Compare models, streamed", openapi_extra=described(CompareAsk),
    response_class=StreamingResponse, responses=responses(409, 415, 422, 503),
)  # fmt: skip
async def compare_stream(
    request: Request, ask: CompareBody, asker: AskerDep, factory: FactoryDep, context: ContextDep
) -> Response:
    """Ask several models the same; all lanes come in one stream: `delta`, `lane_done` and `lane_error`, then `done`."""
    service, hub = factory.comparison, context.hub
    lanes = service.lanes(asker, ask, stream=True)
    name = ask.stream_id or hub.new_name()
    return await begun_stream(
        request, hub,
        lambda: hub.start(
            name, asker.user, lambda live: service.produce(asker, ask, lanes, live), resumable=ask.resumable
        ),
    )  # fmt: skip


@router.delete(
    "/chat/streams/{stream_id}/lanes/{lane}", status_code=204, summary="Cancel a lane",
    responses=responses(404, 409, 422),
)  # fmt: skip
async def cancel_lane(stream_id: StreamName, lane: LaneNumber, asker: AskerDep, context: ContextDep) -> None:
    """End one lane of a comparison, counted from 0; the others go on."""
    await context.exchange.cancel_part(stream_id, asker.user, lane)


@router.get("/compare/{comparison_id}", summary="A kept comparison", responses=responses(404, 503))
async def kept(comparison_id: UUID, asker: AskerDep, factory: FactoryDep) -> KeptComparison:
    """Return a comparison as it was asked and answered."""
    return await factory.comparison.kept(asker.user, comparison_id)


@router.post("/compare/{comparison_id}/run", summary="Run a comparison again", responses=responses(404, 503))
async def run_again(
    request: Request, comparison_id: UUID, asker: AskerDep, factory: FactoryDep
) -> CompareAnswer:
    """Ask the same models the same once more; kept under a new id."""
    comparison = factory.comparison
    ask = (await comparison.kept(asker.user, comparison_id)).ask
    return await while_connected(request, comparison.compare(asker, ask))


@router.post(
    "/conversations", status_code=201, summary="Begin a conversation", responses=responses(404, 415, 422, 503)
)
async def begin(
    wanted: ConversationCreate, asker: AskerDep, factory: FactoryDep, context: ContextDep
) -> ConversationHead:
    """Begin a conversation that is kept."""
    if wanted.model is not None:
        context.catalog.provider_of(wanted.model)
    return await factory.conversations.create(asker.user, wanted)


@router.get("/conversations", summary="Conversations", responses=responses(503))
async def conversations(
    asker: AskerDep, factory: FactoryDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> ConversationPage:
    """Return the user's conversations, the last used first."""
    return await factory.conversations.page(asker.user, limit)


@router.get("/conversations/{conversation_id}", summary="One conversation", responses=responses(404, 503))
async def conversation(conversation_id: UUID, asker: AskerDep, factory: FactoryDep) -> Conversation:
    """Return a conversation with its turns."""
    return await factory.conversations.get(asker.user, conversation_id)


@router.delete(
    "/conversations/{conversation_id}",
    status_code=204,
    summary="Delete a conversation",
    responses=responses(404, 503),
)
async def forget(conversation_id: UUID, asker: AskerDep, factory: FactoryDep) -> None:
    """Delete a conversation with its turns."""
    await factory.conversations.delete(asker.user, conversation_id)
