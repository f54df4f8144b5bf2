"""A stretch of prices in a few figures."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tandem.tokimeki.markets.bars import Bars

TRADING_DAYS: Final = 252
"""Trading days a year, for annualising."""


@dataclass(frozen=True, slots=True)
class PerformanceMetrics:
    """Of the daily returns; None where there are too few.

    ``cumulative_return``, ``max_drawdown`` (<= 0) and ``win_rate`` in percent; ``sharpe_ratio`` annualised with a risk-free
    rate of 0; ``trade_count`` is the number of returns.
    """

    cumulative_return: float
    sharpe_ratio: float | None
    max_drawdown: float
    win_rate: float
    trade_count: int


@dataclass(frozen=True, slots=True)
class StockSummary:
    """Prices in the listing currency; ``volatility`` is the sample deviation of daily returns, percent.

    ``high_price`` and ``low_price`` are those of the closes where the source tells no others; ``avg_volume`` is 0 where it
    tells none.
    """

    symbol: str
    current_price: float
    start_price: float
    price_change: float
    price_change_pct: float
    high_price: float
    low_price: float
    avg_volume: int
    volatility: float | None
    metrics: PerformanceMetrics | None


def summarise(bars: Bars) -> StockSummary | None:
    """Return the figures of ``bars``, None without any trading day.

    Drawdown is measured against the highest value so far, the starting value included, so that a loss on the first
    day counts.
    """
    if not len(bars):
        return None
    close = bars.close
    returns = close[1:] / close[:-1] - 1.0
    change = float(close[-1] - close[0])
    return StockSummary(
        symbol=bars.symbol, current_price=round(float(close[-1]), 2), start_price=round(float(close[0]), 2),
        price_change=round(change, 2), price_change_pct=round(100 * change / float(close[0]), 2),
        high_price=round(float(np.fmax(bars.high, close).max()), 2), low_price=round(float(np.fmin(bars.low, close).min()), 2),
        avg_volume=int(bars.volume.mean()),
        volatility=round(100 * float(returns.std(ddof=1)), 2) if len(returns) > 1 else None,
        metrics=_metrics(returns) if len(returns) else None,
    )  # fmt: skip


def _metrics(returns: np.ndarray[tuple[int], np.dtype[np.float64]]) -> PerformanceMetrics:
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    drawdown = wealth / np.maximum.accumulate(wealth) - 1.0
    deviation = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
    sharpe = round(float(np.sqrt(TRADING_DAYS) * returns.mean() / deviation), 2) if deviation > 0 else None
    return PerformanceMetrics(
        cumulative_return=round(100 * float(wealth[-1] - 1.0), 2), sharpe_ratio=sharpe,
        max_drawdown=round(100 * float(drawdown.min()), 2),
        win_rate=round(100 * float(np.count_nonzero(returns > 0)) / len(returns), 1), trade_count=len(returns),
    )  # fmt: skip
