"""Old but real prices out of a package, so that everything works without a network and a key.

``bokeh-sampledata`` holds AAPL, IBM and MSFT from 2000, GOOG (also asked as GOOGL) from 2004 and FB (also META) from 2012, all
to 2013-03-01. Every answer says ``source: "sample"`` and its ``as_of``.
"""

import asyncio
import csv
import datetime as dt
import gzip
import threading
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

ALIASES: Final = {"GOOGL": "GOOG", "META": "FB"}


class SampleQuotes:
    """Reads the package once, off the event loop."""

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """Return the trading days from ``first`` to ``last``; see the protocol."""
        return (await self._all(symbol)).between(first, last)

    async def latest(self, symbol: str, days: int) -> Bars:
        """Return the last ``days`` calendar days before the end of the sample; see the protocol."""
        bars = await self._all(symbol)
        return bars.between(bars.as_of - dt.timedelta(days=days), bars.as_of)

    async def _all(self, symbol: str) -> Bars:
        table = _table() if _table.cache_info().currsize else await asyncio.to_thread(_loaded)
        bars = table.get(ALIASES.get(symbol, symbol))
        if bars is None:
            known = ", ".join(sorted({*table, *ALIASES}))
            raise UnknownSymbolError(f"the sample prices hold {known}, not {symbol[:12]}")
        return bars if bars.symbol == symbol else replace(bars, symbol=symbol)


_LOADING: Final = threading.Lock()


def _loaded() -> dict[str, Bars]:
    # The cache below does not keep two threads from reading at once.
    with _LOADING:
        return _table()


@cache
def _table() -> dict[str, Bars]:
    rows: dict[str, list[tuple[str, float, float, float, float, int]]] = {}
    with gzip.open(_path(), "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for symbol, day, opened, high, low, close, volume, adjusted in reader:
            factor = float(adjusted) / float(close)
            rows.setdefault(symbol, []).append(
                (
                    day,
                    float(opened) * factor,
                    float(high) * factor,
                    float(low) * factor,
                    float(adjusted),
                    int(volume),
                )
            )
    return {symbol: _bars(symbol, sorted(found)) for symbol, found in rows.items()}


def _bars(symbol: str, rows: list[tuple[str, float, float, float, float, int]]) -> Bars:
    days, opened, high, low, close, volume = zip(*rows, strict=True)
    return Bars(
        symbol=symbol, days=np.array(days, dtype="datetime64[D]"), open=np.array(opened), high=np.array(high),
        low=np.array(low), close=np.array(close), volume=np.array(volume, dtype=np.int64), source="sample",
        as_of=dt.date.fromisoformat(days[-1]), currency="USD",
    )  # fmt: skip


def _path() -> Path:
    # Found without importing the package, which would load pandas.
    spec = find_spec("bokeh_sampledata")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / "_data" / "stocks.csv.gz"
        if path.is_file():
            return path
    raise QuotesUnavailableError("the sample prices are not installed: pip install 'tandem[demo]'")
