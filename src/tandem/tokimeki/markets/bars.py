"""Daily prices of one symbol."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
"""Whole days, ``datetime64[D]``."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Trading days in ascending order; all arrays have the same length.

    ``close`` is adjusted for splits and dividends, in the listing currency; ``open``, ``high`` and ``low`` are adjusted by
    the same factor and NaN where the source does not tell them; ``volume`` in shares, 0 where it is not told. ``source``
    names who says so, ``as_of`` is the last day that the source knows. ``stale``: the source could not be asked just
    now, and this is what it said before.
    """

    symbol: str
    days: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: NDArray[np.int64]
    source: str
    as_of: dt.date
    currency: str | None = None
    stale: bool = False

    def __len__(self) -> int:
        """How many trading days there are."""
        return len(self.days)

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The trading days."""
        return tuple(self.days.tolist())

    @property
    def iso_dates(self) -> tuple[str, ...]:
        """The trading days as ``YYYY-MM-DD``."""
        return _written(self.days.tobytes())

    @property
    def returns(self) -> Floats:
        """Close over close, one element fewer than there are days."""
        changes: Floats = self.close[1:] / self.close[:-1] - 1.0
        return changes

    def between(self, first: dt.date, last: dt.date) -> "Bars":
        """Return the trading days from ``first`` to ``last``, both included."""
        behind = np.datetime64(last) + np.timedelta64(1, "D")
        low, high = np.searchsorted(self.days, [np.datetime64(first), behind])
        return self._part(slice(int(low), max(int(low), int(high))))

    def before(self, day: dt.date) -> "Bars":
        """Return the trading days before ``day``; itself when there are no others."""
        if not len(self) or self.days[-1] < np.datetime64(day):
            return self
        return self._part(slice(0, int(np.searchsorted(self.days, np.datetime64(day)))))

    def last(self, count: int) -> "Bars":
        """Return the last ``count`` trading days."""
        return self._part(slice(max(0, len(self) - count), len(self)))

    def _part(self, part: slice) -> "Bars":
        return replace(
            self, days=self.days[part], open=self.open[part], high=self.high[part], low=self.low[part],
            close=self.close[part], volume=self.volume[part],
        )  # fmt: skip


@lru_cache(maxsize=256)
def _written(days: bytes) -> tuple[str, ...]:
    """Return days as texts; kept, because symbols of one exchange have the same days."""
    return tuple(np.datetime_as_string(np.frombuffer(days, dtype="datetime64[D]"), unit="D").tolist())


def as_days(days: Iterable[dt.date]) -> Days:
    """Return dates as an array of whole days."""
    return np.array(list(days), dtype="datetime64[D]")


def no_bars(symbol: str, source: str, as_of: dt.date) -> Bars:
    """Return no trading day at all."""
    none = np.empty(0, dtype=np.float64)
    return Bars(
        symbol=symbol, days=as_days(()), open=none, high=none, low=none, close=none,
        volume=np.empty(0, dtype=np.int64), source=source, as_of=as_of,
    )  # fmt: skip
