"""The old service's chat routes, under their old paths."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from tandem.core.cache.entry import Lifetime
from tandem.core.disconnect import while_connected
from tandem.core.json_body import described, json_body
from tandem.core.middleware.cached_routes import cached_for
from tandem.core.problems import body, responses
from tandem.tokimeki.dependencies import AskerDep, ContextDep, FactoryDep
from tandem.tokimeki.markets.symbols import SYMBOLS
from tandem.tokimeki.schemas.chat import ChatAnswer, ChatAsk, LegacyChatAnswer
from tandem.tokimeki.schemas.comparison import CompareAnswer, CompareAsk
from tandem.tokimeki.services.model_table import CATEGORIES, MODELS

router = APIRouter(tags=["old paths"])

STATIC = Lifetime(3600)
"""These change with the configuration only; a new process begins with an empty memory and keys of its own in Redis."""

ChatBody = Annotated[ChatAsk, Depends(json_body(ChatAsk))]
CompareBody = Annotated[CompareAsk, Depends(json_body(CompareAsk))]


@router.post(
    "/chat",
    summary="Chat",
    openapi_extra=described(ChatAsk),
    responses=responses(400, 402, 404, 415, 502, 503, 504),
)
async def chat(request: Request, ask: ChatBody, asker: AskerDep, factory: FactoryDep) -> LegacyChatAnswer:
    """Answer a message, from market data where it asks about a stock."""
    service = factory.chat
    prepared = await service.prepare(asker, ask, stream=False)
    return legacy(await while_connected(request, service.reply(prepared)))


@router.post(
    "/compare_models",
    summary="Compare models",
    openapi_extra=described(CompareAsk),
    responses=responses(400, 415, 503),
)
async def compare_models(
    request: Request, ask: CompareBody, asker: AskerDep, factory: FactoryDep
) -> CompareAnswer:
    """Ask several models the same."""
    return await while_connected(request, factory.comparison.compare(asker, ask))


@router.get("/models", summary="Models")
@cached_for(STATIC)
async def models(context: ContextDep) -> dict[str, Any]:
    """Map each key to its provider's id; `default_model` is used when none is named, `configured` are those with a key."""
    catalog = context.catalog
    configured = [key for key in catalog.models if catalog.provider_of(key) in catalog.providers]
    return {
        "models": catalog.models, "default_model": catalog.default_model, "api_configured": catalog.api_configured,
        "configured": configured,
    }  # fmt: skip


@router.get("/stock_symbols", summary="Stock symbols")
@cached_for(STATIC)
async def stock_symbols() -> dict[str, Any]:
    """List the companies that chat knows by name."""
    return {
        "available_symbols": SYMBOLS, "total_symbols": sum(map(len, SYMBOLS.values())), "categories": list(SYMBOLS),
    }  # fmt: skip


@router.get("/api/model-comparison", summary="Model table")
@cached_for(STATIC)
async def model_comparison() -> dict[str, Any]:
    """Describe the models; static."""
    return {"models": MODELS, "categories": CATEGORIES}


@router.post("/debug-qwen", status_code=410, summary="Gone")
async def debug_qwen() -> JSONResponse:
    """Say that this route, which spent quota without asking who called, is gone."""
    return JSONResponse(body("this route is gone; use POST /chat with model qwen3-8b", "gone"), 410)


@router.get("/test", summary="Greeting", response_class=PlainTextResponse)
async def greeting() -> str:
    """Say hello."""
    return "Tokimeki is running."


def legacy(answer: ChatAnswer) -> LegacyChatAnswer:
    """Return an answer in the contract's shape."""
    from_market = answer.source == "market_data"
    usage: dict[str, int | bool] = {"stock_data": True} if from_market else {}
    if answer.usage is not None:
        usage = dict(answer.usage.model_dump())
    return LegacyChatAnswer(
        response=answer.response, model=answer.model, usage=usage,
        timestamp=answer.timestamp.replace(tzinfo=None).isoformat(), provider=answer.provider,
        served_by=answer.served_by, fallback=answer.fallback, from_cache=answer.cached,
        cost_micro_usd=answer.cost_micro_usd,
    )  # fmt: skip
