"""Return and risk of a stretch of daily returns."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tandem.tokimeki.markets.bars import Floats
from tandem.tokimeki.markets.summary import TRADING_DAYS

TAIL: Final = 0.05
"""Share of the worst days that value at risk is about."""

STEADY: Final = 1e-12
"""A deviation below this is none; it comes from rounding."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Figures of daily returns; fractions, not percent. None where there are too few returns, or nothing to divide by.

    ``annual_return`` is the growth over 252 trading days; ``volatility`` the sample deviation, annualised; ``sharpe`` and
    ``sortino`` are annualised with a risk-free rate of 0, the latter by the root of the mean square of losses;
    ``max_drawdown`` (<= 0) from the highest value so far, the starting value included; ``calmar`` is the annual return by the
    drawdown; ``var_95`` the 5th percentile of daily returns, ``cvar_95`` the mean of the days up to it.
    """

    total_return: float
    annual_return: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    calmar: float | None
    var_95: float | None
    cvar_95: float | None
    win_rate: float | None
    best_day: float | None
    worst_day: float | None


def risk(returns: Floats) -> Risk:
    """Return the figures of ``returns``."""
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    total, deepest = float(wealth[-1] - 1.0), float(drawdowns(wealth).min())
    if not len(returns):
        return Risk(total, None, None, None, None, deepest, None, None, None, None, None, None)
    mean = float(returns.mean())
    deviation = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
    losses = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))
    growth = annual(total, len(returns))
    return Risk(
        total_return=total, annual_return=growth,
        volatility=deviation * TRADING_DAYS**0.5 if len(returns) > 1 else None,
        sharpe=_ratio(mean * TRADING_DAYS**0.5, deviation), sortino=_ratio(mean * TRADING_DAYS**0.5, losses),
        max_drawdown=deepest, calmar=_ratio(growth, -deepest), var_95=float(np.percentile(returns, 100 * TAIL)),
        cvar_95=float(np.partition(returns, (at := int((len(returns) - 1) * TAIL)))[: at + 1].mean()),
        win_rate=float(np.count_nonzero(returns > 0)) / len(returns), best_day=float(returns.max()),
        worst_day=float(returns.min()),
    )  # fmt: skip


def annual(total: float, days: int) -> float:
    """Return the growth over 252 trading days of what grew by ``total`` (a fraction, at least -1) over ``days``."""
    return float((1.0 + total) ** (TRADING_DAYS / days) - 1.0)


def drawdowns(wealth: Floats) -> Floats:
    """Return how far each value lies below the highest so far, as a fraction <= 0; ``wealth`` begins above 0."""
    fallen: Floats = wealth / np.maximum.accumulate(wealth) - 1.0
    return fallen


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > STEADY else None
