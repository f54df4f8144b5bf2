"""Figures over a moving window, each from the days of its own window alone."""

from collections.abc import Callable
from typing import Final

import numpy as np

from tandem.tokimeki.markets.bars import Floats

BLOCK: Final = 500_000
"""Values of windows that are looked at in one go: 4 MB."""


def windows(values: Floats, length: int) -> Floats:
    """Return all windows of ``length`` values, one a row; none when there are fewer values."""
    if len(values) < length:
        return np.empty((0, length))
    return np.lib.stride_tricks.sliding_window_view(values, length)


def rolling_mean(values: Floats, length: int) -> Floats:
    """Return the mean of each value and the ``length`` - 1 before it; NaN while there are too few. Aligned."""
    return _aligned(values, length, lambda rows: rows.mean(axis=1))


def rolling_deviation(values: Floats, length: int, *, ddof: int) -> Floats:
    """Return the standard deviation in the same way; ``ddof`` 1 is that of a sample, 0 that of a population."""
    return _aligned(values, length, lambda rows: rows.std(axis=1, ddof=ddof))


def _aligned(values: Floats, length: int, figure: Callable[[Floats], Floats]) -> Floats:
    rows = windows(values, length)
    found = np.full(len(values), np.nan)
    # Block by block: a deviation copies all windows that it is given, and long ones of a long history are many.
    step = max(1, BLOCK // length)
    for begin in range(0, len(rows), step):
        block = figure(rows[begin : begin + step])
        at = length - 1 + begin
        found[at : at + len(block)] = block
    return found
