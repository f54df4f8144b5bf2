"""Reading Yahoo's charts as they really come: gaps, live rows, midnight stamps, odd errors."""

import datetime as dt
from typing import Any

import numpy as np
import orjson
import pytest

from tandem.core.http.response import HttpResponse
from tandem.tokimeki.services.quotes.provider import UnknownSymbolError
from tandem.tokimeki.services.quotes.yahoo_answer import PoisonedAnswerError, RateLimitedError, bars_of

TODAY = dt.date(2026, 3, 13)


def stamp(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def chart(
    stamps: list[int], close: list[Any], adjusted: list[Any] | None = None, **meta: Any
) -> dict[str, Any]:
    quote = dict.fromkeys(("open", "high", "low", "close"), close) | {
        "volume": [100 if c else None for c in close]
    }
    result = {
        "meta": {"currency": "USD", "exchangeTimezoneName": "America/New_York", "gmtoffset": -14400, **meta},
        "timestamp": stamps, "indicators": {"quote": [quote]},
    }  # fmt: skip
    if adjusted is not None:
        result["indicators"]["adjclose"] = [{"adjclose": adjusted}]
    return {"chart": {"result": [result], "error": None}}


def read(body: Any, status: int = 200, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return bars_of("X", HttpResponse("yahoo", status, headers, content), TODAY)


def test_adjusted_prices():
    """Closes are adjusted, the other prices by the same factor."""
    days = [stamp("2026-03-05T14:30+00:00"), stamp("2026-03-06T14:30+00:00")]
    bars = read(chart(days, [100.0, 50.0], [50.0, 50.0]))
    assert bars.close.tolist() == bars.open.tolist() == bars.high.tolist() == [50.0, 50.0]
    assert (bars.source, bars.currency, bars.as_of) == ("yahoo", "USD", dt.date(2026, 3, 6))


def test_days_are_the_exchange_s_own():
    """Midnight stamps of futures on both sides of the clock change; a day without a price is left out."""
    days = [stamp("2026-03-05T05:00+00:00"), stamp("2026-03-06T05:00+00:00"), stamp("2026-03-09T04:00+00:00")]
    bars = read(chart(days, [1.0, None, 3.0]))
    assert list(bars.iso_dates) == ["2026-03-05", "2026-03-09"]
    assert bars.volume.tolist() == [100, 100]


def test_the_later_of_two_rows_of_a_day():
    """While a market is open Yahoo adds a live row."""
    days = [stamp("2026-03-12T13:30+00:00"), stamp("2026-03-12T19:45+00:00")]
    bars = read(chart(days, [1.0, 2.0]))
    assert (list(bars.iso_dates), bars.close.tolist()) == (["2026-03-12"], [2.0])


def test_an_unknown_zone():
    """The offset in seconds does as well."""
    bars = read(
        chart([stamp("2026-03-12T15:30+00:00")], [1.0], exchangeTimezoneName="Mars/Base", gmtoffset=36_000)
    )
    assert list(bars.iso_dates) == ["2026-03-13"]


def test_nothing_in_that_time():
    """Known, but without prices: empty, whichever way Yahoo says it."""
    error = {"code": "Bad Request", "description": "Data doesn't exist for startDate = 1, endDate = 2"}
    assert len(read({"chart": {"result": None, "error": error}}, 400)) == 0
    empty = chart([], [])
    del empty["chart"]["result"][0]["timestamp"]
    empty["chart"]["result"][0]["indicators"] = {"quote": [{}]}
    assert len(read(empty)) == 0


def test_unknown_symbols():
    """404 with Yahoo's own words; a 404 without them is something else."""
    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    with pytest.raises(UnknownSymbolError):
        read({"chart": {"result": None, "error": error}}, 404)
    with pytest.raises(PoisonedAnswerError):
        read(b"<html>not here</html>", 404)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7), ("99999", 300), ("soon", 5), ("", 5), ("0", 5)])
def test_too_many_requests(text, seconds):
    """With the time to wait, where it is told and can be."""
    headers = {"Retry-After": text} if text else {}
    with pytest.raises(RateLimitedError) as limited:
        read(b"Too Many Requests", 429, **headers)
    assert limited.value.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"chart":null}', b'{"chart":{"result":[]}}', b'{"chart":{"result":[{}]}}',
     b'{"chart":{"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}', b"Edge: Not Allowed", b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_chart(body):
    """An error, never a price and never an unknown symbol."""
    with pytest.raises(PoisonedAnswerError):
        read(body)


@pytest.mark.parametrize("close", [["a", 1.0], [{}, 1.0], [[1.0], [2.0]], [1.0]])
def test_odd_columns(close):
    """Texts, objects, lists, other lengths."""
    days = [stamp("2026-03-05T14:30+00:00"), stamp("2026-03-06T14:30+00:00")]
    with pytest.raises(PoisonedAnswerError):
        read(chart(days, close))


def test_prices_below_zero():
    """Oil was; it is a price."""
    bars = read(chart([stamp("2020-04-20T20:00+00:00")], [-37.63]))
    assert bars.close.tolist() == [-37.63]
    assert np.isfinite(bars.open).all()
