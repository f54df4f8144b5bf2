"""Questions about prices in plain words: contract 3.6, by words instead of parts of words."""

import datetime as dt

import numpy as np
import pytest

from tandem.tokimeki.markets.bars import Bars, as_days
from tandem.tokimeki.markets.price_facts import holds_only, price_facts
from tandem.tokimeki.markets.price_question import price_question
from tandem.tokimeki.markets.spoken_period import spoken_days

PERIODS = {
    "past 3 days": 3, "last 10 days": 10, "last week": 7, "the past month": 30, "a 5-day average": 5, "5 day": 5,
    "last five days": 5, "two weeks": 14, "over the last twenty-one days": 21, "past twenty one days": 21,
    "the last couple of weeks": 14, "in the past few days": 3, "a fortnight": 14, "last 3 months": 90, "past year": 365,
    "two years": 730, "last 5 trading days": 5, "12 days": 12, "this week": 7, "a week": 7, "last hundred days": 100,
    "past half year": 182, "last half of a year": 182, "half a year": 182, "the last half-year": 182, "past decade": 3650,
    "1,000 days": 1000, "99999 days": 36_525, "0 days": 0, "last 0 days": 0, "Last Five Days": 5, "30-day": 30, "one day": 1,
    # The contract's order: a counted "last", then a plain one, then any count.
    "5 days last week": 7, "2 days of the last 9 days": 9,
    "today": None, "the price": None, "holidays": None, "weekend": None, "1.5 days": None, "everyday": None, "daylight": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "days"), PERIODS.items())
def test_periods(text, days):
    """A period in digits or words, with a space or a hyphen; whole words only."""
    assert spoken_days(text) == days


QUESTIONS = {
    "What is the price of Apple?": ("Apple", "AAPL", 1, "last"),
    "price of google": ("Google", "GOOGL", 1, "last"),
    "apple prices over the last 5 days": ("Apple", "AAPL", 5, "closes"),
    "what was the average price of microsoft in the last five days": ("Microsoft", "MSFT", 5, "average"),
    "mean of AMD, past week": ("Amd", "AMD", 7, "average"),
    "Tesla's lowest price last month": ("Tesla", "TSLA", 30, "lowest"),
    "Tesla’s min 10 days": ("Tesla", "TSLA", 10, "lowest"),
    "maximum of Netflix in the past 2 weeks": ("Netflix", "NFLX", 14, "highest"),
    "the highest Nvidia": ("Nvidia", "NVDA", 1, "highest"),
    "How did Amazon do last week?": ("Amazon", "AMZN", 7, "describe"),
    "how is meta?": ("Meta", "META", 1, "describe"),
    "summary of intel for 20 days": ("Intel", "INTC", 20, "describe"),
    "gamma price trend": ("Gamma", "GAMMA.V", 1, "describe"),
    "a 5-day average of Apple": ("Apple", "AAPL", 5, "average"),
    "apple prices over the last 10 years": ("Apple", "AAPL", 1095, "closes"),
    # Priority: describe, average, lowest, highest, closes, last.
    "how was the average and the lowest price of apple": ("Apple", "AAPL", 1, "describe"),
    "average, minimum and maximum of apple": ("Apple", "AAPL", 1, "average"),
    "lowest and highest apple": ("Apple", "AAPL", 1, "lowest"),
    # The contract's order of companies, then the others by the text's.
    "price of apple and google": ("Google", "GOOGL", 1, "last"),
    "price of IBM": ("IBM", "IBM", 1, "last"), "MSFT price": ("MSFT", "MSFT", 1, "last"),
    "closing price of Disney": ("Disney", "DIS", 1, "last"),
    # Whole words.
    "price of gemini and apple": ("Apple", "AAPL", 1, "last"), "apple price, by the way administration": ("Apple", "AAPL", 1, "last"),
    "the price of apple meant little": ("Apple", "AAPL", 1, "last"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "asked"), QUESTIONS.items())
def test_questions(text, asked):
    """Company, symbol, days and what is wanted."""
    found = price_question(text)
    assert found is not None
    assert (found.company, found.symbol, found.days, found.wanted) == asked


@pytest.mark.parametrize(
    "text",
    [
        "hello", "what is the average price", "tell me about apple", "is intelligence the highest good",
        "the price of a pineapple", "price of metadata", "minimum of gemini", "the target price", "price of applesauce",
        "googled the average price", "non-apple price", "Apple Gemini",
    ],
)  # fmt: skip
def test_no_question_about_prices(text):
    """No company as a word, or nothing asked about its prices."""
    assert price_question(text) is None


def bars(*closes):
    days = tuple(dt.date(2013, 2, 25) + dt.timedelta(days=at) for at in range(len(closes)))
    close = np.array(closes)
    volume = np.zeros(len(closes), dtype=np.int64)
    return Bars("AAPL", as_days(days), close, close, close, close, volume, "test", days[-1])


def test_facts():
    """Start, end, change, lowest and highest with their days, the average, the trend."""
    facts = price_facts(bars(10.0, 8.0, 12.0, 11.0))
    assert (facts.start, facts.end, facts.change, facts.change_percent) == (10, 11, 1, pytest.approx(10))
    assert (facts.low, facts.low_date) == (8, dt.date(2013, 2, 26))
    assert (facts.high, facts.high_date) == (12, dt.date(2013, 2, 27))
    assert (facts.average, facts.trend) == (10.25, "up")
    assert [price_facts(bars(*closes)).trend for closes in [(2, 1), (1, 1), (1.0, 1.001), (5,)]] == ["down", "flat", "flat", "flat"]  # fmt: skip


def test_a_text_may_hold_only_the_figures():
    """Rounded, signed or with separators is fine; any figure that is not in the data is not."""
    facts = price_facts(bars(1010.0, 980.5, 1120.25))
    for text in (
        "It rose by $110.25 to $1,120.25.",
        "A low of 980.5 on February 26, 2013, in 3 days",
        "up 10.9 %",
        "no figure",
    ):
        assert holds_only(text, facts, 3), text
    for text in ("It rose to $1,121.", "P/E of 15", "up 11.2 %", "in 2014"):
        assert not holds_only(text, facts, 3), text
