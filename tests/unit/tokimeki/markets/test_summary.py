"""A stretch of prices in a few figures."""

import datetime as dt
import math

import numpy as np

from tandem.tokimeki.markets.bars import Bars, as_days
from tandem.tokimeki.markets.question import StockQuestion
from tandem.tokimeki.markets.spans import Recent
from tandem.tokimeki.markets.summary import summarise
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
    text = await StockAnswerer(ClosesOnly()).answer(StockQuestion("AAPL", Recent(7), "price"))
    assert "Range: $9.00 to $12.00, from $10.00" in text
    assert "nan" not in text
    assert "volume" not in text


async def test_the_year_to_date_begins_in_january():
    """Of the source's own last year."""
    text = await StockAnswerer(ClosesOnly()).answer(
        StockQuestion("AAPL", Recent(366, this_year=True), "price")
    )
    assert "from 2013-01-01 to 2013-01-05" in text
