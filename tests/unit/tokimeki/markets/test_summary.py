"""A stretch of prices in a few figures."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np

from tandem.tokimeki.markets.bars import Bars, as_days
from tandem.tokimeki.markets.question import StockQuestion
from tandem.tokimeki.markets.spans import Recent
from tandem.tokimeki.markets.summary import summarise
from tandem.tokimeki.services.quotes.provider import UnknownSymbolError
from tandem.tokimeki.services.stock_answer import StockAnswerer


class ClosesOnly:
    """A source that tells closing prices and nothing else, as a file with the columns Date and Close does."""

    async def latest(self, symbol, days):
        """The last days before 2013-01-05."""
        close = np.array([10.0, 12.0, 9.0, 11.0])
        days = as_days(dt.date(2012, 12, 30) + dt.timedelta(days=2 * at) for at in range(len(close)))
        unknown = np.full(len(close), math.nan)
        volume = np.zeros(len(close), dtype=np.int64)
        return Bars(symbol, days, unknown, unknown, unknown, close, volume, "files", days[-1].item())


async def test_a_source_without_highs_lows_and_volumes():
    """The range is that of the closes, and no volume is claimed."""
    summary = summarise(await ClosesOnly().latest("AAPL", 7))
    assert (summary.high_price, summary.low_price) == (12.0, 9.0)
    text = await StockAnswerer(ClosesOnly()).answer(StockQuestion(("AAPL",), Recent(7), "price"))
    assert "Range: $9.00 to $12.00, from $10.00" in text
    assert "nan" not in text
    assert "volume" not in text


async def test_the_year_to_date_begins_in_january():
    """Of the source's own last year."""
    text = await StockAnswerer(ClosesOnly()).answer(
        StockQuestion(("AAPL",), Recent(366, this_year=True), "price")
    )
    assert "from 2013-01-01 to 2013-01-05" in text


class SomeUnknown(ClosesOnly):
    """Knows of everybody but Tesla, and Microsoft stood still."""

    async def latest(self, symbol, days):
        """As above."""
        if symbol == "TSLA":
            raise UnknownSymbolError("nobody has heard of TSLA")
        bars = await super().latest(symbol, days)
        return replace(bars, close=np.full(len(bars), 10.0)) if symbol == "MSFT" else bars


async def test_several_companies_are_told_of_and_compared():
    """In their order, the comparison by what they gained; one without prices is told of and not compared."""
    answerer = StockAnswerer(SomeUnknown())
    text = await answerer.answer(StockQuestion(("MSFT", "TSLA", "AAPL"), Recent(7), "default"))
    names = ("**Microsoft Corporation (MSFT)**", "**Tesla Inc. (TSLA)**", "**Apple Inc. (AAPL)**")
    assert [text.count(name) for name in names] == [1, 1, 1]
    assert sorted(names, key=text.index) == list(names)
    assert "nobody has heard of TSLA" in text
    assert text.endswith("**Compared:** Apple Inc. +10.00 %, Microsoft Corporation +0.00 %.")
    assert "Day by day" not in text
    alone = await answerer.answer(StockQuestion(("MSFT",), Recent(7), "default"))
    assert "Day by day" in alone
    assert "Compared" not in alone
