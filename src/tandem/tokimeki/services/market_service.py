"""What the new routes tell of prices: series, quotes, performance, indicators, comparisons."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tandem.core import annotations
from tandem.core.clock import Clock
from tandem.core.errors import InvalidInputError, OperationalError, TandemError
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.comparing import compare
from tandem.tokimeki.markets.hours import is_open
from tandem.tokimeki.markets.indicators import indicator, wanted
from tandem.tokimeki.markets.listings import COMPANIES
from tandem.tokimeki.markets.risk import Risk, risk
from tandem.tokimeki.markets.spans import Recent, Span
from tandem.tokimeki.markets.symbols import NAMES
from tandem.tokimeki.services.price_service import PriceService

QUOTE_SPAN: Final = Recent(31)
"""Enough days to hold the last price and the one before it, whatever holidays lie between."""
MOST_DAYS: Final = 100_000
"""Of all symbols of one request together: about 10 MB of JSON."""

Found = Mapping[str, Bars | TandemError]
Fields = dict[str, Any]


class MarketService:
    """See the module's text. Answers about several symbols hold those that were found and say why others were not."""

    def __init__(self, prices: PriceService, clock: Clock) -> None:
        """Take prices from ``prices``."""
        self._prices, self._clock = prices, clock

    async def histories(self, symbols: Sequence[str], span: Span) -> Fields:
        """Return all daily prices; raises what all symbols failed by when none could be asked for."""
        found = await self._several(symbols, span)
        series = [
            self._origin(bars, span)
            | {
                "name": _name(bars.symbol), "dates": bars.iso_dates, "open": bars.open, "high": bars.high,
                "low": bars.low, "close": bars.close, "volume": bars.volume,
            }
            for bars in _prices(found)
        ]  # fmt: skip
        return {"series": series, "errors": _failures(found)}

    async def quotes(self, symbols: Sequence[str]) -> Fields:
        """Return the last price of each symbol."""
        found = await self._several(symbols, QUOTE_SPAN)
        return {"quotes": [self._quote(bars) for bars in _prices(found)], "errors": _failures(found)}

    async def performance(self, symbol: str, span: Span) -> Fields:
        """Return what a symbol has gained, and at what risk."""
        bars = await self._prices.bars(symbol, span)
        dates = bars.iso_dates
        return self._origin(bars, span) | {
            "start_date": dates[0], "end_date": dates[-1], "days": len(bars), "start_price": float(bars.close[0]),
            "end_price": float(bars.close[-1]), "figures": risk_figures(risk(bars.returns)),
        }  # fmt: skip

    async def indicators(self, symbol: str, span: Span, names: str) -> Fields:
        """Return indicators, by the names that were asked for; raises InvalidInputError for what is none."""
        chosen = wanted(names)
        bars = await self._prices.bars(symbol, span)
        return self._origin(bars, span) | {
            "dates": bars.iso_dates, "close": bars.close,
            "indicators": {one.name: indicator(bars, one) for one in chosen},
        }  # fmt: skip

    async def comparison(self, symbols: Sequence[str], span: Span) -> Fields:
        """Return symbols beside each other; raises InvalidInputError without two common days."""
        found = await self._several(symbols, span)
        everything = _prices(found)
        if not everything:
            raise next(error for error in found.values() if isinstance(error, TandemError))
        compared = compare(everything)
        names = [bars.symbol for bars in everything]
        return {
            "dates": np.datetime_as_string(compared.days, unit="D").tolist(),
            "symbols": [
                self._origin(bars, span)
                | {"name": _name(bars.symbol), "rebased": rebased, "figures": risk_figures(figures)}
                for bars, rebased, figures in zip(everything, compared.rebased, compared.figures, strict=True)
            ],
            "correlation": {
                name: dict(zip(names, row.tolist(), strict=True))
                for name, row in zip(names, compared.correlation, strict=True)
            },
            "errors": _failures(found),
        }

    async def _several(self, symbols: Sequence[str], span: Span) -> Found:
        found = await self._prices.many(symbols, span)
        failed = [one for one in found.values() if isinstance(one, OperationalError)]
        if failed:
            annotations.do_not_keep()
        if failed and len(failed) == len(found):
            raise failed[0]
        days = sum(len(bars) for bars in _prices(found))
        if days > MOST_DAYS:
            raise InvalidInputError(
                f"these are {days} days of prices; at most {MOST_DAYS} in one request: ask for fewer symbols or a shorter time"
            )
        return found

    def _quote(self, bars: Bars) -> Fields:
        price = float(bars.close[-1])
        before = float(bars.close[-2]) if len(bars) > 1 else None
        return self._origin(bars, QUOTE_SPAN) | {
            "name": _name(bars.symbol), "price": price, "previous_close": before,
            "change": None if before is None else price - before,
            "change_percent": 100.0 * (price / before - 1.0) if before else None,
            "day": bars.iso_dates[-1],
            "market_open": bars.source == "yahoo" and is_open(bars.symbol, self._clock.now()),
        }  # fmt: skip

    def _origin(self, bars: Bars, span: Span) -> Fields:
        if bars.stale:
            annotations.do_not_keep()
        return {
            "symbol": bars.symbol, "source": bars.source, "as_of": bars.as_of.isoformat(), "stale": bars.stale,
            "currency": bars.currency, "notice": self._prices.notice(bars, span),
        }  # fmt: skip


def risk_figures(figures: Risk) -> Fields:
    """Return figures in percent, ratios as they are."""
    return {
        "total_return": _percent(figures.total_return), "annual_return": _percent(figures.annual_return),
        "volatility": _percent(figures.volatility), "sharpe_ratio": figures.sharpe, "sortino_ratio": figures.sortino,
        "max_drawdown": _percent(figures.max_drawdown), "calmar_ratio": figures.calmar,
        "var_95": _percent(figures.var_95), "cvar_95": _percent(figures.cvar_95),
        "win_rate": _percent(figures.win_rate), "best_day": _percent(figures.best_day),
        "worst_day": _percent(figures.worst_day),
    }  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _name(symbol: str) -> str:
    return NAMES.get(symbol) or COMPANIES.get(symbol, symbol)


def _prices(found: Found) -> list[Bars]:
    return [one for one in found.values() if isinstance(one, Bars)]


def _failures(found: Found) -> list[Fields]:
    failed: Iterable[tuple[str, TandemError]] = (
        (symbol, one) for symbol, one in found.items() if isinstance(one, TandemError)
    )
    return [{"symbol": symbol, "error": error.message, "code": error.code} for symbol, error in failed]
