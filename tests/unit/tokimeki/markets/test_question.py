"""Questions about a company in everyday writing: small letters, words in between, periods in words."""

import datetime as dt
import time

import pytest

from tandem.tokimeki.markets.question import LONGEST_QUESTION, asked_period, understood
from tandem.tokimeki.markets.spans import Recent

TODAY = dt.date(2026, 11, 27)
ASKED = {
    "what is apple's current stock price?": ("AAPL", 7),
    "show me apple's recent stock performance": ("AAPL", 7),
    "performance over the past week for apple": ("AAPL", 7),
    "amazon last month performance": ("AMZN", 30),
    "the latest closing price of amazon": ("AMZN", 7),
    "meta's average closing price over the last 10 days": ("META", 10),
    "price of intel today": ("INTC", 1),
    "GOOG price last week": ("GOOGL", 7),
    "FB share price last month": ("META", 30),
}
NOT_ASKED = (
    "apple pie price at the market last week", "price of an apple at the farmers market", "amazon rainforest market analysis",
    "meta-analysis of stock market research last year", "googling stock prices last month", "pineapple price last week",
    "what is the price target of the market this year?", "zoom in on the stock chart", "visa rules for the market in Hanoi this year",
    "an oracle's advice on this year's market", "my target is to trade shares this year",
)  # fmt: skip
PERIODS = {
    "Apple stock over the last 1,000 days": 1000, "meta stock price last fortnight": 14, "twenty-one days of Apple stock": 21,
    "Apple stock over the last decade": 3650, "Apple stock yesterday": 1, "Apple stock over 2 weeks": 14,
    "Apple stock last 0 days": None, "Apple stock": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "asked"), ASKED.items())
def test_small_letters_and_words_in_between(text, asked):
    """Words that say when or how may stand between the company and what is asked of it."""
    question = understood(text, TODAY)
    assert question is not None
    assert (question.symbols, question.span) == ((asked[0],), Recent(asked[1]))


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("Compare Apple and Microsoft stock", ("AAPL", "MSFT")),
        ("How did MSFT do against Apple's share price last month?", ("MSFT", "AAPL")),
        ("Apple (AAPL) or Google, i.e. GOOGL, as a stock", ("AAPL", "GOOGL")),
        ("price target for Apple and Amazon stock", ("AAPL", "AMZN")),
        ("stock prices of Tesla, Meta, Intel, Nvidia and Netflix", ("TSLA", "META", "INTC", "NVDA")),
    ],
)
def test_several_companies(text, symbols):
    """Each once, in their order, and no more than an answer can be read for."""
    question = understood(text, TODAY)
    assert question is not None
    assert question.symbols == symbols


@pytest.mark.parametrize("text", NOT_ASKED)
def test_everyday_words_are_no_companies(text):
    """Other words in between, and parts of words, mean something else."""
    assert understood(text, TODAY) is None


@pytest.mark.parametrize(("text", "days"), PERIODS.items())
def test_periods_in_words(text, days):
    """Numbers in words and with separators, and of any length."""
    assert asked_period(text) == (None if days is None else Recent(days))


@pytest.mark.parametrize(
    "words", ["ytd", "YTD", "year to date", "year-to-date", "since the start of the year"]
)
def test_the_year_so_far(words):
    """It begins on the first of January, whatever day it is."""
    question = understood(f"Apple stock {words}", TODAY)
    assert question is not None
    assert question.span == Recent(366, this_year=True)
    assert understood("Apple stock last year", TODAY).span == Recent(365)


@pytest.mark.parametrize(
    "filler", ["a", " ", "apple ", "today ", "stock the ", "target price ", "last ", "since the "]
)
@pytest.mark.parametrize("length", [LONGEST_QUESTION, 100_000])
def test_no_text_takes_long(filler, length):
    """A text that is made to be looked through again and again, in the time of the thread: minutes without the bound."""
    text = ("price of apple " + filler * length)[:length]
    began = time.thread_time()
    understood(text, TODAY)
    assert time.thread_time() - began < 0.25


def test_an_article_is_no_question():
    """What is longer than any question goes to a model."""
    assert understood("Apple stock last week. ".ljust(LONGEST_QUESTION, "x"), TODAY) is not None
    assert understood("Apple stock last week. ".ljust(LONGEST_QUESTION + 1, "x"), TODAY) is None
