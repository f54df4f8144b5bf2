"""Volatility over time and its regimes, as both the old and the new routes answer them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tandem.core import annotations
from tandem.tokimeki.markets import volatility as measured
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.spans import Span, period
from tandem.tokimeki.services.computing import computed
from tandem.tokimeki.services.price_service import PriceService


class VolatilityService:
    """Contract 2.11 and 2.21, aligned and with the bounds that were meant: 15, 25 and 35 percent."""

    def __init__(self, prices: PriceService) -> None:
        """Take prices from ``prices``."""
        self._prices = prices

    async def over_time(self, symbol: str, span: Span, window: int) -> dict[str, Any]:
        """Return the daily volatility of ``window`` returns, as long as the dates; raises TooFewDaysError."""
        bars = await self._prices.bars(symbol, span)
        values = await computed(len(bars) * window, measured.daily_volatility, bars, window)
        at = measured.quietest(values)
        dates = bars.iso_dates
        return {
            "dates": dates, "volatility": values, "event_titles": [[] for _ in dates],
            "min_vol": None if at is None else float(values[at]), "min_vol_date": None if at is None else dates[at],
            "symbol": bars.symbol, **self._origin(bars, span),
        }  # fmt: skip

    async def regimes(self, symbol: str, wanted: str, window: int) -> dict[str, Any]:
        """Return the regimes over the period ``wanted``; raises InvalidInputError, TooFewDaysError."""
        span = period(wanted)
        bars = await self._prices.bars(symbol, span)
        values = await computed(len(bars) * window, measured.yearly_volatility, bars, window)
        dates, known = bars.iso_dates, np.isfinite(values)
        return {
            "symbol": symbol, "analysis_period": wanted, "rolling_window": window,
            "current_volatility": round(float(values[-1]), 2), "current_regime": measured.regime_of(float(values[-1])),
            "regime_periods": [_run(one, dates) for one in measured.regime_periods(values)],
            "regime_statistics": {name: _share(one) for name, one in measured.regime_shares(values).items()},
            "volatility_data": {
                "dates": [day for day, is_known in zip(dates, known, strict=True) if is_known],
                "values": np.round(values[known], 2),
            },
            **self._origin(bars, span),
        }  # fmt: skip

    def _origin(self, bars: Bars, span: Span) -> dict[str, Any]:
        return origin(bars) | {"notice": self._prices.notice(bars, span)}


def origin(bars: Bars) -> dict[str, Any]:
    """Return where prices come from; an answer of old ones is not kept."""
    if bars.stale:
        annotations.do_not_keep()
    return {"source": bars.source, "as_of": bars.as_of.isoformat(), "stale": bars.stale}


def _run(one: measured.RegimePeriod, dates: Sequence[str]) -> dict[str, Any]:
    return {
        "start_date": dates[one.first], "end_date": dates[one.last], "regime": one.regime,
        "avg_volatility": round(one.average, 2), "duration_days": one.last - one.first + 1,
    }  # fmt: skip


def _share(one: measured.RegimeShare) -> dict[str, Any]:
    return {
        "count": one.days, "avg_volatility": round(one.average, 2), "min_volatility": round(one.least, 2),
        "max_volatility": round(one.most, 2), "percentage_of_time": round(one.share, 1),
    }  # fmt: skip
