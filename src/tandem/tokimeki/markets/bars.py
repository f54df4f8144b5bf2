"""Daily prices of one symbol."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bars:
    """Trading days in ascending order; all arrays have the same length.

    ``close`` is adjusted for splits and dividends, in the listing currency; ``high`` and ``low`` are adjusted by the same
    factor; ``volume`` in shares. ``source`` names who says so, ``as_of`` is the last day that the source knows.
    """

    symbol: str
    dates: tuple[dt.date, ...]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]
    source: str
    as_of: dt.date

    def __len__(self) -> int:
        """How many trading days there are."""
        return len(self.dates)

    def between(self, first: dt.date, last: dt.date) -> "Bars":
        """Return the trading days from ``first`` to ``last``, both included."""
        days = np.array(self.dates, dtype="datetime64[D]")
        low, high = np.searchsorted(days, [np.datetime64(first), np.datetime64(last) + 1])
        part = slice(int(low), int(high))
        return Bars(
            self.symbol, self.dates[part], self.high[part], self.low[part], self.close[part], self.volume[part],
            self.source, self.as_of,
        )  # fmt: skip
