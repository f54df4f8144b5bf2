"""Which days are fetched, and figures of companies in their threads."""

import asyncio
import datetime as dt
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import FixedClock
from tandem.core.observability.metrics import Metrics
from tandem.tokimeki.services.quotes.fundamentals import MOST_WAITING, YahooFundamentals
from tandem.tokimeki.services.quotes.kept import window_around
from tandem.tokimeki.services.quotes.metrics import QuoteMetrics
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

TODAY = dt.date(2026, 11, 27)
INFO = {
    "quoteType": "EQUITY", "trailingPE": 30.5, "returnOnEquity": 1.5, "debtToEquity": 180.0,
    "earningsQuarterlyGrowth": None, "profitMargins": "Infinity", "operatingCashflow": float("inf"),
}  # fmt: skip


@given(st.dates(dt.date(1950, 1, 1), dt.date(2030, 1, 1)), st.dates(dt.date(1950, 1, 1), dt.date(2030, 1, 1)))
def test_a_window_holds_the_asked_days(one, other):
    """All of them that can have a price; its name says which days it holds, but for those up to today."""
    first, last = sorted((one, other))
    window = window_around(first, last, TODAY)
    assert window.first <= first or first > TODAY
    assert window.last >= min(last, TODAY)
    assert window.first <= window.last <= TODAY
    assert window.reaches_today == (last >= TODAY - dt.timedelta(days=7))


def test_tomorrow_s_window_has_the_same_name():
    """Or yesterday's prices would not be found when the source fails."""
    days = dt.timedelta(days=31)
    names = {window_around(day - days, day, day).name for day in (TODAY, TODAY + dt.timedelta(days=4))}
    assert names == {"recent-100"}


class Told:
    """Stands for yfinance: a call that takes a while, in a thread."""

    def __init__(self, *answers):
        self.answers, self.asked, self.now, self.most = list(answers), 0, 0, 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, symbol):
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self.gate.wait(10)
        self.now -= 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock():
    return FixedClock(dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC))


def figures(clock, told):
    def now():
        return clock.now().timestamp()

    return YahooFundamentals(
        TieredCache(MemoryStore(now), None, now),
        clock,
        QuoteMetrics.declare(Metrics(None, worker="test")),
        told,
    )


async def test_figures(clock):
    """What is missing, no number or infinite is unknown; a company is asked for once, however many want to know."""
    told = Told(INFO)
    source = figures(clock, told)
    answers = await asyncio.gather(*(source.fundamentals("AAPL") for _ in range(50)))
    found = answers[0]
    assert (found.pe_ratio, found.roe, found.debt_to_equity) == (30.5, 1.5, 180.0)
    assert (found.eps_growth, found.profit_margin, found.operating_cash_flow) == (None, None, None)
    assert (found.source, found.as_of, told.asked) == ("yahoo", TODAY, 1)
    await source.close()


async def test_figures_in_need(clock):
    """Old ones, marked so; without any, an error that names no inner one."""
    told = Told(INFO, RuntimeError("secret inner text"))
    source = figures(clock, told)
    await source.fundamentals("AAPL")
    clock.move(dt.timedelta(hours=7))
    assert (await source.fundamentals("AAPL")).stale
    with pytest.raises(QuotesUnavailableError) as failed:
        await source.fundamentals("MSFT")
    assert "secret" not in failed.value.message
    await source.close()


async def test_a_company_that_nobody_knows(clock):
    """Yahoo's empty answer."""
    source = figures(clock, Told({"trailingPegRatio": None}))
    with pytest.raises(UnknownSymbolError):
        await source.fundamentals("NOPE")
    await source.close()


async def test_threads_are_few_and_the_queue_ends(clock):
    """Two at once; whoever finds too many waiting is told so."""
    told = Told(INFO)
    told.gate.clear()
    source = figures(clock, told)
    asking = asyncio.gather(
        *(source.fundamentals(f"S{n}") for n in range(MOST_WAITING + 10)), return_exceptions=True
    )
    await asyncio.sleep(0.05)
    told.gate.set()
    asked = await asking
    assert sum(isinstance(one, QuotesUnavailableError) for one in asked) == 10
    assert told.most <= 2
    await source.close()
