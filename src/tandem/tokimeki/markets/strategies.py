"""Trading strategies: what position each day's close suggests. Nothing here looks at a later day."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tandem.tokimeki.markets.bars import Floats
from tandem.tokimeki.markets.rolling import rolling_deviation, rolling_mean, windows

Strategy = Literal["trend", "mean_reversion", "momentum"]
Signals = NDArray[np.int8]
"""1 long, 0 out, -1 short; one a day, known at that day's close."""

WARM_UP: Final = 50
"""Trading days that the slowest strategy needs before its first signal."""


def trend(close: Floats) -> Signals:
    """Long while the mean of 20 days is above that of 50, short otherwise; out until there are 50 days."""
    fast, slow = rolling_mean(close, 20), rolling_mean(close, 50)
    return np.where(np.isnan(slow), 0, np.where(fast > slow, 1, -1)).astype(np.int8)


def mean_reversion(close: Floats) -> Signals:
    """Long below the lower Bollinger band (20 days, 2 sample deviations), short above the upper one, else out."""
    middle, width = rolling_mean(close, 20), 2.0 * rolling_deviation(close, 20, ddof=1)
    return (np.where(close < middle - width, 1, 0) - np.where(close > middle + width, 1, 0)).astype(np.int8)


def momentum(close: Floats) -> Signals:
    """Long while RSI14 (plain means of gains and losses) is below 30, short above 70, else out."""
    rsi = plain_rsi(close, 14)
    return (np.where(rsi < 30.0, 1, 0) - np.where(rsi > 70.0, 1, 0)).astype(np.int8)


def plain_rsi(close: Floats, length: int) -> Floats:
    """Return the relative strength index with plain means, 0-100; NaN for the first ``length`` days.

    Without any change in the window it is 50, for neither side is stronger.
    """
    changes = windows(np.diff(close), length)
    gains, losses = np.maximum(changes, 0).mean(axis=1), np.maximum(-changes, 0).mean(axis=1)
    total = gains + losses
    rsi = np.divide(100.0 * gains, total, out=np.full(len(total), 50.0), where=total > 0)
    return np.concatenate([np.full(len(close) - len(rsi), np.nan), rsi])


STRATEGIES: Final[Mapping[Strategy, Callable[[Floats], Signals]]] = {
    "trend": trend, "mean_reversion": mean_reversion, "momentum": momentum,
}  # fmt: skip
