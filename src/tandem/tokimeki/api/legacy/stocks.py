"""The old service's price routes, under their old paths."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from tandem.core.cache.entry import Lifetime
from tandem.core.middleware.cached_routes import cached_for
from tandem.core.problems import responses
from tandem.tokimeki.api.parameters import Symbols, answer_lifetime, legacy_span, symbols_or_default
from tandem.tokimeki.api.wire import written
from tandem.tokimeki.dependencies import FactoryDep
from tandem.tokimeki.markets.listings import COMPANIES, TICKERS
from tandem.tokimeki.schemas.stocks import Company, HistoryEntry

router = APIRouter(tags=["old paths"])

STATIC = Lifetime(3600)

StartDate = Annotated[str | None, Query(description="First day, `YYYY-MM-DD`, taken literally.")]
EndDate = Annotated[str | None, Query(description="Day after the last one; today by default.")]
DaysBack = Annotated[str | None, Query(description="Days back from the end, 0-1095; 31 by default.")]


@router.get(
    "/stocks/history",
    summary="Price histories",
    response_class=Response,
    responses=responses(400) | {200: {"model": dict[str, HistoryEntry]}},
)
@cached_for(answer_lifetime)
async def history(
    factory: FactoryDep, symbols: Symbols | None = None, start_date: StartDate = None, end_date: EndDate = None,
    days: DaysBack = None,
) -> Response:  # fmt: skip
    """Give the daily closes of up to 50 symbols by name; one that has none gets an entry with `error`."""
    wanted = symbols_or_default(symbols)
    span = legacy_span(start_date, end_date, days, factory.market_prices.today)
    return written(await factory.history.by_name(wanted, span))


@router.get("/available_companies", summary="Companies")
@cached_for(STATIC)
async def available_companies() -> list[Company]:
    """List the companies that are shown by default."""
    return [Company(name=name, symbol=symbol) for symbol, name in COMPANIES.items()]


@router.get("/available_tickers", summary="Tickers")
@cached_for(STATIC)
async def available_tickers() -> list[str]:
    """List every ticker that can be chosen; none of them is asked for."""
    return list(TICKERS)
