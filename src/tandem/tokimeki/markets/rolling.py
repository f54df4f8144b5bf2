"""Figures over a moving window, each from the days of its own window alone."""

import numpy as np

from tandem.tokimeki.markets.bars import Floats


def windows(values: Floats, length: int) -> Floats:
    """Return all windows of ``length`` values, one a row; none when there are fewer values."""
    if len(values) < length:
        return np.empty((0, length))
    return np.lib.stride_tricks.sliding_window_view(values, length)


def rolling_mean(values: Floats, length: int) -> Floats:
    """Return the mean of each value and the ``length`` - 1 before it; NaN while there are too few. Aligned."""
    return _aligned(windows(values, length).mean(axis=1), len(values))


def rolling_deviation(values: Floats, length: int, *, ddof: int) -> Floats:
    """Return the standard deviation in the same way; ``ddof`` 1 is that of a sample, 0 that of a population."""
    return _aligned(windows(values, length).std(axis=1, ddof=ddof), len(values))


def _aligned(values: Floats, length: int) -> Floats:
    return np.concatenate([np.full(length - len(values), np.nan), values])
