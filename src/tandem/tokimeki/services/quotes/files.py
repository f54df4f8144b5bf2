"""Daily prices from a directory: ``AAPL.csv``, ``brk-b.csv.gz``, ``^VIX.parquet``, one file per symbol.

Columns are found by name, whatever their case: a date (``Date``, ``Datetime``, ``Timestamp``), a close (``Close``), and where they are
there ``Adj Close``, ``Open``, ``High``, ``Low``, ``Volume``. Prices are adjusted by ``Adj Close / Close``. Parquet needs the package
``fastparquet`` or ``pyarrow`` with pandas, which the project does not bring.

Files are read again when they have changed; the last MOST_KEPT stay in memory. Fail mode: a missing file is an unknown
symbol, one that cannot be read makes that symbol alone unavailable, with the reason in the log.
"""

import asyncio
import csv
import datetime as dt
import gzip
import importlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tandem.tokimeki.markets.bars import Bars, Floats, as_days
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

log = logging.getLogger(__name__)

SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")
MOST_KEPT: Final = 256
LARGEST_FILE: Final = 64 * 1024 * 1024

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "datetime", "timestamp", "time", "day"),
    "adjusted": ("adjclose", "adjustedclose", "closeadj"),
    "close": ("close", "closelast", "price", "last"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "volume": ("volume", "vol"),
}
"""Names of columns without case, spaces, ``_``, ``.``, ``/`` and ``-``."""


class FileQuotes:
    """See the module's text, and :class:`~.provider.QuoteProvider` for the methods."""

    def __init__(self, directory: Path) -> None:
        """Read from ``directory``."""
        self._directory = directory
        self._kept: OrderedDict[Path, tuple[int, Bars]] = OrderedDict()
        self._lock = threading.Lock()

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """See the protocol."""
        return (await asyncio.to_thread(self._all, symbol)).between(first, last)

    async def latest(self, symbol: str, days: int) -> Bars:
        """See the protocol; counted back from the last day of the file."""
        bars = await asyncio.to_thread(self._all, symbol)
        return bars.between(bars.as_of - dt.timedelta(days=days), bars.as_of)

    def _all(self, symbol: str) -> Bars:
        path = self._find(symbol)
        try:
            changed = path.stat().st_mtime_ns
            with self._lock:
                kept = self._kept.get(path)
            if kept is not None and kept[0] == changed:
                return kept[1]
            bars = _bars(symbol, _read(path))
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("the prices of %s cannot be read: %s", symbol, error)
            raise QuotesUnavailableError(f"the file with the prices of {symbol} cannot be read") from error
        with self._lock:
            self._kept[path] = (changed, bars)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return bars

    def _find(self, symbol: str) -> Path:
        # The symbol was checked to hold no separator; its file must still be one of this directory's own.
        for name in dict.fromkeys((symbol, symbol.lower())):
            for suffix in SUFFIXES:
                path = self._directory / f"{name}{suffix}"
                if path.parent == self._directory and path.is_file():
                    return path
        raise UnknownSymbolError(f"there is no file with the prices of {symbol}")


def _read(path: Path) -> Mapping[str, Sequence[Any]]:
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE} bytes")
    if path.suffix == ".parquet":
        return _read_parquet(path)
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.suffix == ".gz" else path.open(
        encoding="utf-8-sig", newline=""
    ) as file:  # fmt: skip
        rows = csv.reader(file)
        head = next(rows, [])
        body = [row for row in rows if len(row) == len(head)]
    return {name: [row[at] for row in body] for at, name in enumerate(head)}


def _read_parquet(path: Path) -> Mapping[str, Sequence[Any]]:
    try:
        pandas = importlib.import_module("pandas")
        frame = pandas.read_parquet(path).reset_index()
    except ImportError as error:
        raise QuotesUnavailableError(
            "Parquet files need pandas with fastparquet or pyarrow: pip install fastparquet"
        ) from error
    return {str(name): frame[name].tolist() for name in frame.columns}


def _bars(symbol: str, table: Mapping[str, Sequence[Any]]) -> Bars:
    columns = _matched(table)
    if "date" not in columns or not {"close", "adjusted"} & set(columns):
        raise ValueError(f"it needs a date and a close, not {', '.join(table) or 'nothing'}")
    days = [_day(value) for value in columns["date"]]
    close = _numbers(columns.get("close", columns.get("adjusted", ())))
    adjusted = _numbers(columns["adjusted"]) if "adjusted" in columns else close
    known = np.isfinite(close) & np.isfinite(adjusted) & (close != 0)
    rows = sorted({day: at for at, day in enumerate(days) if day is not None and known[at]}.items())
    if not rows:
        raise ValueError("it holds no day with a price")
    at = np.array([row for _, row in rows], dtype=np.intp)
    factor = adjusted[at] / close[at]
    unknown = np.full(len(days), np.nan)
    told = {
        name: _numbers(columns[name]) if name in columns else unknown
        for name in ("open", "high", "low", "volume")
    }
    return Bars(
        symbol=symbol, days=as_days(day for day, _ in rows), open=told["open"][at] * factor,
        high=told["high"][at] * factor, low=told["low"][at] * factor, close=adjusted[at],
        volume=np.nan_to_num(told["volume"][at], nan=0.0).astype(np.int64), source="files", as_of=rows[-1][0],
    )  # fmt: skip


def _matched(table: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    plain = {
        "".join(one for one in name.casefold() if one.isalnum()): values for name, values in table.items()
    }
    found = {meaning: [name for name in names if name in plain] for meaning, names in _NAMES.items()}
    return {meaning: plain[names[0]] for meaning, names in found.items() if names}


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _numbers(values: Iterable[Any]) -> Floats:
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    """Return the number that ``value`` is or says (``$1,234.5`` too), NaN for none."""
    try:
        number = float(value.replace(",", "").replace("$", "") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return np.nan
    return number if np.isfinite(number) else np.nan
