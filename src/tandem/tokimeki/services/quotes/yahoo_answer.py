"""Reading what Yahoo's chart endpoint answers, and telling a poisoned answer from prices.

Yahoo sends "Too Many Requests" and HTML pages with status 200, and sometimes half a document. None of them may
become a price or be taken for an unknown symbol.
"""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import orjson

from tandem.core.http.response import HttpResponse
from tandem.tokimeki.markets.bars import Bars, Floats, no_bars
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

LONGEST_PAUSE: Final = 300
"""Seconds; a longer Retry-After is not believed for longer than that at a time."""

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


class RateLimitedError(QuotesUnavailableError):
    """Yahoo has had enough of us for now."""

    code = "quotes_rate_limited"


class PoisonedAnswerError(QuotesUnavailableError):
    """The answer is no chart."""

    code = "quotes_malformed"


def bars_of(symbol: str, answer: HttpResponse, today: dt.date) -> Bars:
    """Return the prices in ``answer``, which came on ``today``; may be empty.

    Raises UnknownSymbolError, RateLimitedError, PoisonedAnswerError.
    """
    if answer.status == 429 or _says_too_many(answer.body):
        raise RateLimitedError("Yahoo limits our requests", retry_after=_retry_after(answer))
    chart = _chart(answer)
    error = chart.get("error")
    if isinstance(error, dict):
        if answer.status == 404 or str(error.get("code", "")).casefold() == "not found":
            raise UnknownSymbolError(f"Yahoo does not know {symbol}")
        if "data doesn't exist" in str(error.get("description", "")).casefold():
            return no_bars(symbol, "yahoo", today)
        raise PoisonedAnswerError(
            f"Yahoo refused: {str(error.get('description') or error.get('code'))[:100]}"
        )
    if answer.status != 200:
        raise PoisonedAnswerError(f"Yahoo answered with status {answer.status}")
    try:
        return _bars(symbol, chart["result"][0])
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, OSError) as problem:
        raise PoisonedAnswerError("Yahoo sent a chart of an unknown shape") from problem


def _says_too_many(body: bytes) -> bool:
    start = body[:400].lstrip().lower()
    return not start.startswith(b"{") and b"too many requests" in start


def _retry_after(answer: HttpResponse) -> int:
    text = answer.headers.get("Retry-After", "")
    return min(int(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() and int(text) else 5


def _chart(answer: HttpResponse) -> dict[str, Any]:
    try:
        chart = orjson.loads(answer.body)["chart"]
        if isinstance(chart, dict):
            return chart
    except (orjson.JSONDecodeError, KeyError, TypeError):
        pass
    if answer.status != 200:
        raise PoisonedAnswerError(f"Yahoo answered with status {answer.status}")
    raise PoisonedAnswerError("Yahoo sent something that is no chart")


def _bars(symbol: str, result: dict[str, Any]) -> Bars:
    meta = result["meta"]
    stamps = result.get("timestamp") or []
    zone = _zone(meta)
    days = [dt.datetime.fromtimestamp(stamp, zone).toordinal() for stamp in stamps]
    quote = result["indicators"]["quote"][0] if stamps else {}
    close = _column(quote, "close", len(days))
    adjusted = close
    told = result["indicators"].get("adjclose") if stamps else None
    if told and told[0].get("adjclose"):
        adjusted = _column(told[0], "adjclose", len(days))
    # A day without a price is left out, and of two rows of one day (the last is the live one) the later is taken.
    known = np.isfinite(adjusted) & np.isfinite(close) & (close != 0)
    rows = {day: row for row, day in enumerate(days) if known[row]}
    chosen = np.array(sorted(rows), dtype=np.int64)
    at = np.array([rows[day] for day in chosen.tolist()], dtype=np.intp)
    factor = adjusted[at] / close[at]
    volume = np.nan_to_num(_column(quote, "volume", len(days))[at], nan=0.0)
    return Bars(
        symbol=symbol, days=(chosen - _EPOCH).astype("datetime64[D]"), open=_column(quote, "open", len(days))[at] * factor,
        high=_column(quote, "high", len(days))[at] * factor, low=_column(quote, "low", len(days))[at] * factor,
        close=adjusted[at], volume=volume.astype(np.int64), source="yahoo",
        as_of=dt.date.fromordinal(max(rows)) if rows else _market_day(meta, zone), currency=_currency(meta),
    )  # fmt: skip


def _column(table: dict[str, Any], name: str, length: int) -> Floats:
    values = table.get(name) or [None] * length
    if len(values) != length:
        raise ValueError(f"{name} has another length than the days")
    column: Floats = np.array(values, dtype=np.float64)  # None becomes NaN
    if column.ndim != 1:
        raise ValueError(f"{name} is no column of numbers")
    column[~np.isfinite(column)] = np.nan
    return column


def _zone(meta: dict[str, Any]) -> dt.tzinfo:
    try:
        return ZoneInfo(str(meta["exchangeTimezoneName"]))
    except (KeyError, ZoneInfoNotFoundError, ValueError):
        return dt.timezone(dt.timedelta(seconds=int(meta.get("gmtoffset") or 0)))


def _market_day(meta: dict[str, Any], zone: dt.tzinfo) -> dt.date:
    return dt.datetime.fromtimestamp(int(meta.get("regularMarketTime") or 0), zone).date()


def _currency(meta: dict[str, Any]) -> str | None:
    currency = meta.get("currency")
    return currency if isinstance(currency, str) else None
