"""Chat: a question about a stock is answered from market data, everything else by a model."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tandem.ai.catalog import Catalog
from tandem.ai.client import AIClient, Answer, whole
from tandem.ai.live_stream import LiveStream
from tandem.ai.messages import Asker, ChatRequest, Origin, Outcome
from tandem.core.clock import Clock
from tandem.core.errors import OperationalError
from tandem.core.observability.logger import get_logger
from tandem.tokimeki.markets.question import understood
from tandem.tokimeki.schemas.chat import USED_TURNS, ChatAnswer, ChatAsk, Timings, Usage
from tandem.tokimeki.services.conversation_service import ConversationService
from tandem.tokimeki.services.prompts import conversation
from tandem.tokimeki.services.stock_answer import StockAnswerer

log = get_logger(__name__)

MARKET = "market_data"
"""The provider named in answers that no model gave."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chat call that was checked: what to ask, or the answer that needs no model."""

    request: ChatRequest
    conversation_id: UUID | None
    message: str
    market_text: str | None


class ChatService:
    """Answers one message; every model call goes through ``client``, which limits, retries, records and pays."""

    def __init__(
        self, *, client: AIClient, catalog: Catalog, stocks: StockAnswerer, conversations: ConversationService,
        clock: Clock,
    ) -> None:  # fmt: skip
        """Ask ``client``; keep conversations through ``conversations``."""
        self._client = client
        self._catalog = catalog
        self._stocks = stocks
        self._conversations = conversations
        self._clock = clock

    async def prepare(self, asker: Asker, ask: ChatAsk, *, stream: bool) -> Prepared:
        """Check a call.

        Without a ``model`` the conversation's own answers, else the default one. Raises InvalidInputError for an unknown
        model, NotFoundError for a conversation that is not theirs.
        """
        key = ask.model or self._catalog.default_model
        self._catalog.provider_of(key)
        history = ask.history
        if ask.conversation_id is not None:
            kept = await self._conversations.recent(asker.user, ask.conversation_id, USED_TURNS)
            history, key = kept.turns, ask.model or kept.model or key
        question = understood(ask.message, self._clock.now().date())
        market = await self._stocks.answer(question) if question is not None else None
        request = ChatRequest(
            messages=conversation(history, ask.message), model=key, asker=asker, temperature=ask.temperature,
            max_tokens=ask.max_tokens, stream=stream, cache=ask.cache,
        )  # fmt: skip
        return Prepared(request, ask.conversation_id, ask.message, market)

    async def reply(self, prepared: Prepared) -> ChatAnswer:
        """Return the whole answer; raises an AIError when no provider can give one."""
        started = time.perf_counter()
        if prepared.market_text is not None:
            answer = self._from_market(prepared, time.perf_counter() - started)
        else:
            origin, outcome = await whole(self._client, prepared.request)
            answer = self.answer(prepared, origin, outcome, time.perf_counter() - started - outcome.seconds)
        return await self._kept(prepared, answer)

    async def produce(self, prepared: Prepared, stream: LiveStream) -> None:
        """Write the answer into ``stream``: ``start``, ``delta`` ..., ``done``; the stream tells how else it ends."""
        stream.so_far = lambda: {"delivered": ""}
        if prepared.market_text is not None:
            answer = self._from_market(prepared, 0.0)
            await stream.emit(
                "start", _start(stream, answer.model, answer.provider, answer.served_by, fallback=False)
            )
            await stream.emit("delta", {"text": answer.response})
        else:
            began = time.perf_counter()
            upstream = await self._client.open(prepared.request)
            opened = time.perf_counter() - began
            async with stream.ending(upstream):
                await self._relay(stream, upstream)
            outcome = upstream.outcome
            answer = self.answer(prepared, upstream.origin, outcome, waited(opened, outcome))
        stream.complete()
        stream.put("done", (await self._kept(prepared, answer)).model_dump(mode="json"))

    async def _relay(self, stream: LiveStream, upstream: Answer) -> None:
        stream.so_far = lambda: so_far(upstream)
        origin = upstream.origin
        await stream.emit(
            "start", _start(stream, origin.asked, origin.provider, origin.model, fallback=origin.fallback)
        )
        async for delta in upstream:
            if delta.text:
                await stream.emit("delta", {"text": delta.text})

    async def _kept(self, prepared: Prepared, answer: ChatAnswer) -> ChatAnswer:
        """Keep the turn in its conversation; the answer is paid for, and goes out also where that fails."""
        if prepared.conversation_id is None:
            return answer
        user = prepared.request.asker.user
        try:
            kept = await self._conversations.append(user, prepared.conversation_id, prepared.message, answer)
        except OperationalError as error:
            log.warning("an answer could not be kept in its conversation: %s", error)
            kept = False
        return answer.model_copy(update={"kept": kept})

    def answer(self, prepared: Prepared, origin: Origin, outcome: Outcome, waited: float = 0.0) -> ChatAnswer:
        """Return what a model said as it is answered; ``waited`` as in :func:`timings`."""
        return ChatAnswer(
            response=outcome.text, model=origin.asked, provider=origin.provider, served_by=origin.model,
            fallback=origin.fallback, cached=origin.cached, finish_reason=outcome.finish_reason,
            usage=Usage(**outcome.usage.wire()), usage_estimated=outcome.usage.estimated,
            cost_micro_usd=outcome.cost, timings=timings(outcome, waited, streamed=prepared.request.stream),
            conversation_id=prepared.conversation_id, timestamp=self._given(origin),
        )  # fmt: skip

    def _given(self, origin: Origin) -> dt.datetime:
        now = self._clock.now()
        return now if origin.created is None else dt.datetime.fromtimestamp(origin.created, now.tzinfo)

    def _from_market(self, prepared: Prepared, seconds: float) -> ChatAnswer:
        return ChatAnswer(
            response=prepared.market_text or "", model=prepared.request.model, provider=MARKET, served_by=MARKET,
            fallback=False, finish_reason="stop", usage=None, cost_micro_usd=0,
            timings=Timings(total_seconds=round(seconds, 6), first_token_seconds=None, tokens_per_second=None),
            source="market_data", conversation_id=prepared.conversation_id, timestamp=self._clock.now(),
        )  # fmt: skip


def waited(opened: float, outcome: Outcome) -> float:
    """Return how long nobody answered before the one who did: queues, attempts that failed and the pauses after them.

    ``opened`` is how long it took in all until the first piece was there; seconds.
    """
    return max(0.0, opened - (outcome.first_token or outcome.seconds))


def timings(outcome: Outcome, waited: float, *, streamed: bool) -> Timings:
    """Return the times of an answer as its caller saw them; ``waited`` seconds went by before who answered was asked.

    Of a streamed one the rate counts from the first token on; a whole one tells no first token, so that the rate counts
    the waiting in.
    """
    first = outcome.first_token if streamed else None
    writing = outcome.seconds - (first or 0.0)
    rate = outcome.usage.completion / writing if writing > 0 and outcome.usage.completion > 1 else None
    return Timings(
        total_seconds=round(waited + outcome.seconds, 6),
        first_token_seconds=None if first is None else round(waited + first, 6),
        tokens_per_second=None if rate is None else round(rate, 2),
    )  # fmt: skip


def so_far(upstream: Answer) -> dict[str, Any]:
    """Return what was delivered of an answer until now, and what it has cost."""
    outcome = upstream.outcome
    return {"delivered": outcome.text, "usage": outcome.usage.wire(), "cost_micro_usd": outcome.cost}


def _start(
    stream: LiveStream, asked: str, provider: str, served_by: str, *, fallback: bool
) -> Mapping[str, Any]:
    return {
        "stream_id": stream.name, "model": asked, "provider": provider, "served_by": served_by, "fallback": fallback,
    }  # fmt: skip
