"""The old service's volatility, strategy and playbook routes, under their old paths."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from tandem.core import annotations
from tandem.core.cache.entry import Lifetime
from tandem.core.json_body import described, json_body
from tandem.core.middleware.cached_routes import cached_for
from tandem.core.problems import responses
from tandem.tokimeki.api.parameters import answer_lifetime, day
from tandem.tokimeki.api.playbook_answer import playbook_answer
from tandem.tokimeki.api.wire import written
from tandem.tokimeki.dependencies import FactoryDep
from tandem.tokimeki.markets.playbooks import PLAYBOOKS
from tandem.tokimeki.markets.spans import Between, Recent, Span
from tandem.tokimeki.markets.strategy_metrics import Measured, measured
from tandem.tokimeki.schemas.stocks import (
    AnalyzeAnswer,
    AnalyzeAsk,
    LatestSignal,
    Metrics,
    PlaybookAnswer,
    PlaybookAsk,
    PlaybookShown,
    RegimeAnswer,
    RegimeAsk,
    RegimeBounds,
    VolatilityAnswer,
)
from tandem.tokimeki.services.volatility_service import origin

router = APIRouter(tags=["old paths"])

STATIC = Lifetime(3600)

AnalyzeBody = Annotated[AnalyzeAsk, Depends(json_body(AnalyzeAsk))]
RegimeBody = Annotated[RegimeAsk, Depends(json_body(RegimeAsk))]
PlaybookBody = Annotated[PlaybookAsk, Depends(json_body(PlaybookAsk))]
Symbol = Annotated[str, Query(max_length=60, description="One symbol.", examples=["AAPL"])]
Window = Annotated[int, Query(ge=1, le=1000, description="Returns of one value.")]
Years = Annotated[int, Query(ge=1, le=100, description="Years back, unless both dates are given.")]
Date = Annotated[str | None, Query(description="`YYYY-MM-DD`; counts when both dates are given.")]


@router.get(
    "/volatility_event_correlation",
    summary="Volatility over time",
    response_class=Response,
    responses=responses(400, 404, 503) | {200: {"model": VolatilityAnswer}},
)
@cached_for(answer_lifetime)
async def volatility_event_correlation(
    factory: FactoryDep, symbol: Symbol = "AAPL", start_date: Date = None, end_date: Date = None, window: Window = 10,
    years: Years = 2,
) -> Response:  # fmt: skip
    """Give the volatility of the last `window` daily returns for each day."""
    span = _span(start_date, end_date, years)
    return written(await factory.volatility.over_time(symbol, span, window))


def _span(start: str | None, end: str | None, years: int) -> Span:
    first, last = day(start, "start_date"), day(end, "end_date")
    if first is not None and last is not None:
        return Between(first, last)
    for name, value in (("start_date", first), ("end_date", last)):
        if value is not None:
            annotations.ignored(name)
    return Recent(365 * years)


@router.post(
    "/volatility_regime/analyze", summary="Volatility regimes", openapi_extra=described(RegimeAsk),
    response_class=Response, responses=responses(400, 404, 415, 503) | {200: {"model": RegimeAnswer}},
)  # fmt: skip
async def regimes(ask: RegimeBody, factory: FactoryDep) -> Response:
    """Tell in which volatility regime a symbol is, and when it was in which."""
    return written(await factory.volatility.regimes(ask.symbol, ask.period, ask.window))


@router.get("/volatility_regime/regimes", summary="The regimes")
@cached_for(STATIC)
async def regime_bounds() -> RegimeBounds:
    """Tell where each regime begins."""
    return RegimeBounds()


@router.post(
    "/analyze",
    summary="Back-test",
    openapi_extra=described(AnalyzeAsk),
    responses=responses(400, 404, 415, 503),
)
async def analyze(ask: AnalyzeBody, factory: FactoryDep) -> AnalyzeAnswer:
    """Follow a strategy with the whole capital, each signal on the day after it."""
    found = await factory.strategies.run(ask.symbol, ask.strategy, ask.period, costs=ask.costs, fill=ask.fill)
    bars = found.test.bars
    return AnalyzeAnswer(
        symbol=ask.symbol, strategy=ask.strategy, period=ask.period, metrics=_texts(measured(found.test)),
        latest_signals=LatestSignal(
            date=bars.iso_dates[-1], signal=int(found.test.signals[-1]), price=float(bars.close[-1])
        ),
        costs=ask.costs, fill=ask.fill, trades=len(found.test.trades), notice=found.notice, **origin(bars),
    )  # fmt: skip


def _texts(figures: Measured) -> Metrics:
    return Metrics(
        total_return=f"{_plain(figures.total_return)}%", sharpe_ratio=_plain(figures.sharpe_ratio),
        max_drawdown=f"{_plain(figures.max_drawdown)}%", var_95=f"{_plain(figures.var_95)}%",
    )  # fmt: skip


def _plain(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text


@router.get("/playbooks", summary="Playbooks")
@cached_for(STATIC)
async def playbooks() -> list[PlaybookShown]:
    """List the playbooks; their names are their ids."""
    return [PlaybookShown(**one.wire()) for one in PLAYBOOKS.values()]


@router.post(
    "/analyze_playbook", summary="Apply a playbook", openapi_extra=described(PlaybookAsk),
    responses=responses(400, 404, 415, 503),
)  # fmt: skip
async def analyze_playbook(ask: PlaybookBody, factory: FactoryDep) -> PlaybookAnswer:
    """Judge a company by a playbook; a figure that is not known stays unknown."""
    return playbook_answer(await factory.playbooks.judge(ask.symbol, ask.playbook_name))
