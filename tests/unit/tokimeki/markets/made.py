"""Prices made by hand."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from tandem.tokimeki.markets.bars import Bars, as_days

FIRST = dt.date(2020, 1, 1)


def made(close: Sequence[float], opened: Sequence[float] | None = None) -> Bars:
    """Bars with these closes, on successive days; opens are those of the source or unknown."""
    closes = np.array(close, dtype=float)
    opens = np.full(len(closes), np.nan) if opened is None else np.array(opened, dtype=float)
    return Bars(
        symbol="MADE", days=as_days(FIRST + dt.timedelta(days=n) for n in range(len(closes))), open=opens,
        high=closes, low=closes, close=closes, volume=np.zeros(len(closes), dtype=np.int64), source="sample",
        as_of=FIRST + dt.timedelta(days=max(0, len(closes) - 1)),
    )  # fmt: skip
