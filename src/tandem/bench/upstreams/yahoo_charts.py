"""Yahoo's charts with made-up prices: a walk that depends on the symbol alone."""

import datetime as dt
import zlib
from functools import lru_cache
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

FIRST_DAY: Final = dt.date(1990, 1, 2)
CLOSE_SECONDS: Final = 21 * 3600
"""New York's close, roughly, in seconds of the UTC day."""
DAY: Final = 86_400


def unknown() -> bytes:
    """Return the document about a symbol that does not exist."""
    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    return orjson.dumps({"chart": {"result": None, "error": error}})


@lru_cache(maxsize=64)
def _walk(symbol: str, years: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (days since 1970, closes) of all weekdays in ``years`` years from FIRST_DAY on."""
    begin = (FIRST_DAY - dt.date(1970, 1, 1)).days
    days = np.arange(begin, begin + 366 * years)
    days = days[(days + 3) % 7 < 5]
    dice = np.random.default_rng(zlib.crc32(symbol.encode()))
    close = 100.0 * np.exp(np.cumsum(dice.normal(0.0002, 0.015, len(days))))
    return days, close


def chart_of(symbol: str, first: int, last: int) -> bytes:
    """Return the document for the days ``first`` (included) to ``last`` (not included), counted from 1970 on."""
    today = int(dt.datetime.now(dt.UTC).timestamp()) // DAY
    days, close = _walk(symbol, dt.datetime.now(dt.UTC).year - FIRST_DAY.year + 2)
    chosen = (days >= first) & (days < min(last, today + 1))
    days, close = days[chosen], close[chosen]
    opened = close * 0.999
    meta = {
        "currency": "USD", "symbol": symbol, "exchangeTimezoneName": "America/New_York", "gmtoffset": -18000,
        "instrumentType": "EQUITY", "regularMarketTime": today * DAY + CLOSE_SECONDS,
        "regularMarketPrice": float(close[-1]) if len(close) else None,
    }  # fmt: skip
    result: dict[str, Any] = {"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}}
    if len(days):
        result["timestamp"] = days * DAY + CLOSE_SECONDS
        result["indicators"] = {
            "quote": [{
                "open": opened, "high": close * 1.01, "low": close * 0.99, "close": close,
                "volume": np.full(len(days), 1_000_000),
            }],
            "adjclose": [{"adjclose": close}],
        }  # fmt: skip
    return orjson.dumps({"chart": {"result": [result], "error": None}}, option=orjson.OPT_SERIALIZE_NUMPY)
