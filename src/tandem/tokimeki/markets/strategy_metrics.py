"""A back-test in the four figures of the contract (3.8), and what stands beside them."""

from dataclasses import dataclass

import numpy as np

from tandem.tokimeki.markets.backtest import Backtest
from tandem.tokimeki.markets.risk import STEADY, TAIL, drawdowns
from tandem.tokimeki.markets.summary import TRADING_DAYS


@dataclass(frozen=True, slots=True)
class Measured:
    """In percent, but ``sharpe_ratio``: annualised, by the population deviation, 0 without any movement.

    ``total_return`` of the initial capital; ``max_drawdown`` <= 0, from the initial capital on; ``var_95`` the 5th percentile of
    the account's daily returns; ``held`` what buying at the first close and holding would have brought; ``exposure``
    the share of days with a position.
    """

    total_return: float
    sharpe_ratio: float
    max_drawdown: float
    var_95: float
    held: float
    exposure: float


def measured(test: Backtest) -> Measured:
    """Return the figures of a back-test of at least one day."""
    returns, close = test.returns, test.bars.close
    deviation = float(returns.std()) if len(returns) else 0.0
    return Measured(
        total_return=100.0 * float(test.equity[-1] / test.capital - 1.0),
        sharpe_ratio=float(np.sqrt(TRADING_DAYS) * returns.mean()) / deviation if deviation > STEADY else 0.0,
        max_drawdown=100.0 * float(drawdowns(test.equity).min()),
        var_95=100.0 * float(np.percentile(returns, 100 * TAIL)) if len(returns) else 0.0,
        held=100.0 * float(close[-1] / close[0] - 1.0),
        exposure=100.0 * float(np.count_nonzero(test.positions)) / len(test.positions),
    )
