"""Stock data: prices, quotes, indicators, performance, comparison, volatility, back-tests, playbooks."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from tandem.core.cache.entry import Lifetime
from tandem.core.errors import InvalidInputError
from tandem.core.json_body import described, json_body
from tandem.core.middleware.cached_routes import cached_for
from tandem.core.problems import responses
from tandem.tokimeki.api.backtest_answer import backtest_answer
from tandem.tokimeki.api.parameters import ONE_SYMBOL, Symbols, answer_lifetime, symbols_or_default
from tandem.tokimeki.api.playbook_answer import playbook_answer
from tandem.tokimeki.api.wire import written
from tandem.tokimeki.dependencies import FactoryDep
from tandem.tokimeki.markets.listings import COMPANIES, TICKERS
from tandem.tokimeki.markets.playbooks import PLAYBOOKS
from tandem.tokimeki.markets.spans import Between, Span, period
from tandem.tokimeki.schemas.markets import (
    BacktestAnswer,
    Comparison,
    Histories,
    Indicators,
    Performance,
    Quotes,
)
from tandem.tokimeki.schemas.stocks import (
    AnalyzeAsk,
    Company,
    PlaybookAnswer,
    PlaybookAsk,
    PlaybookShown,
    RegimeAnswer,
    RegimeBounds,
    VolatilityAnswer,
)

router = APIRouter(prefix="/api/v1/stocks", tags=["stocks"])

STATIC = Lifetime(3600)


async def asked_span(
    wanted: Annotated[
        str, Query(alias="period", max_length=10, description="`5d`, `3mo`, `1y`, `ytd`, `max`; ends at the source's last day.")
    ] = "1y",
    start: Annotated[dt.date | None, Query(description="First day; taken literally.")] = None,
    end: Annotated[dt.date | None, Query(description="Last day, included.")] = None,
) -> Span:  # fmt: skip
    """Return the span between two days, else the period; raises InvalidInputError for half of a pair."""
    if start is None and end is None:
        return period(wanted)
    if start is None or end is None:
        raise InvalidInputError("start and end: give both days or a period")
    if end < start:
        raise InvalidInputError("end: lies before start")
    return Between(start, end)


Asked = Annotated[Span, Depends(asked_span)]
Symbol = Annotated[
    str, Path(max_length=60, description="`AAPL`, `BRK-B`, `ES=F`, `^VIX` ...", examples=["AAPL"])
]
Window = Annotated[int, Query(ge=2, le=1000, description="Daily returns of one value.")]
BacktestBody = Annotated[AnalyzeAsk, Depends(json_body(AnalyzeAsk))]
PlaybookBody = Annotated[PlaybookAsk, Depends(json_body(PlaybookAsk))]


def _responses(model: Any) -> dict[int | str, dict[str, Any]]:
    return responses(404, 422, 503) | {200: {"model": model}}


@router.get("/companies", summary="Companies")
@cached_for(STATIC)
async def companies() -> list[Company]:
    """List the companies that are shown by default."""
    return [Company(name=name, symbol=symbol) for symbol, name in COMPANIES.items()]


@router.get("/tickers", summary="Tickers")
@cached_for(STATIC)
async def tickers() -> list[str]:
    """List every ticker that can be chosen; any other symbol that the price source knows works too."""
    return list(TICKERS)


@router.get("/history", summary="Price histories", response_class=Response, responses=_responses(Histories))
@cached_for(answer_lifetime)
async def history(factory: FactoryDep, span: Asked, symbols: Symbols | None = None) -> Response:
    """Give open, high, low, close and volume of up to 50 symbols; one that has none is in `errors`."""
    return written(await factory.markets.histories(symbols_or_default(symbols), span))


@router.get("/quotes", summary="Last prices", response_class=Response, responses=_responses(Quotes))
@cached_for(answer_lifetime)
async def quotes(factory: FactoryDep, symbols: Symbols | None = None) -> Response:
    """Give the last price of up to 50 symbols and its change; at most 15 seconds old while a market is open."""
    return written(await factory.markets.quotes(symbols_or_default(symbols)))


@router.get("/comparison", summary="Comparison", response_class=Response, responses=_responses(Comparison))
@cached_for(answer_lifetime)
async def comparison(factory: FactoryDep, span: Asked, symbols: Symbols) -> Response:
    """Put symbols beside each other: rebased to 100, with return, risk and correlation."""
    return written(await factory.markets.comparison(symbols_or_default(symbols), span))


@router.get("/regimes", summary="Volatility regimes")
@cached_for(STATIC)
async def regime_bounds() -> RegimeBounds:
    """Tell where each regime begins."""
    return RegimeBounds()


@router.get("/playbooks", summary="Playbooks")
@cached_for(STATIC)
async def playbooks() -> list[PlaybookShown]:
    """List the playbooks; their names are their ids."""
    return [PlaybookShown(**one.wire()) for one in PLAYBOOKS.values()]


@router.post(
    "/playbook", summary="Apply a playbook", openapi_extra=described(PlaybookAsk),
    responses=responses(404, 415, 422, 503),
)  # fmt: skip
async def playbook(ask: PlaybookBody, factory: FactoryDep) -> PlaybookAnswer:
    """Judge a company by a playbook; a figure that is not known stays unknown."""
    return playbook_answer(await factory.playbooks.judge(ask.symbol, ask.playbook_name))


@router.post(
    "/backtest", summary="Back-test", openapi_extra=described(AnalyzeAsk), response_class=Response,
    responses=_responses(BacktestAnswer) | responses(415),
)  # fmt: skip
async def backtest(ask: BacktestBody, factory: FactoryDep) -> Response:
    """Follow a strategy with the whole capital, each signal on the day after it; with trades and the account."""
    found = await factory.strategies.run(ask.symbol, ask.strategy, ask.period, costs=ask.costs, fill=ask.fill)
    return written(backtest_answer(ask, found))


@router.get(
    "/{symbol}/performance", summary="Performance", response_class=Response, responses=_responses(Performance)
)
@cached_for(ONE_SYMBOL)
async def performance(symbol: Symbol, factory: FactoryDep, span: Asked) -> Response:
    """Tell what a symbol has gained, and at what risk."""
    return written(await factory.markets.performance(symbol, span))


@router.get(
    "/{symbol}/indicators", summary="Indicators", response_class=Response, responses=_responses(Indicators)
)
@cached_for(ONE_SYMBOL)
async def indicators(
    symbol: Symbol, factory: FactoryDep, span: Asked,
    names: Annotated[
        str,
        Query(
            alias="indicators", max_length=400, examples=["sma:50,rsi,macd:12:26:9"],
            description="Of sma, ema, rsi, macd, bollinger, atr, each with its numbers if need be; all by default.",
        ),
    ] = "",
) -> Response:  # fmt: skip
    """Give technical indicators, aligned with the dates."""
    return written(await factory.markets.indicators(symbol, span, names))


@router.get(
    "/{symbol}/volatility", summary="Volatility over time", response_class=Response,
    responses=_responses(VolatilityAnswer),
)  # fmt: skip
@cached_for(ONE_SYMBOL)
async def volatility(symbol: Symbol, factory: FactoryDep, span: Asked, window: Window = 30) -> Response:
    """Give the volatility of the last `window` daily returns for each day, a fraction a day."""
    return written(await factory.volatility.over_time(symbol, span, window))


@router.get(
    "/{symbol}/regimes", summary="Volatility regimes of a symbol", response_class=Response,
    responses=_responses(RegimeAnswer),
)  # fmt: skip
@cached_for(ONE_SYMBOL)
async def regimes(
    symbol: Symbol, factory: FactoryDep, window: Window = 30,
    wanted: Annotated[str, Query(alias="period", max_length=10, description="`1y`, `2y`, `max` ...")] = "2y",
) -> Response:  # fmt: skip
    """Tell in which volatility regime a symbol is, and when it was in which."""
    return written(await factory.volatility.regimes(symbol, wanted, window))
