"""Questions about stocks: contract 3.1-3.3, answered from market data and never by a model."""

import itertools
import re

import pytest

from contract.checks import one_of, text

SAMPLE_END = "2013-03-01"
STOCK = {
    "success": one_of(True),
    "response": text(),
    "model": text("qwen3-8b"),
    "usage": {"stock_data": one_of(True)},
}


def ask(service, message):
    return service.post("/chat", {"message": message, "model": "qwen3-8b"})


def stock(service, upstream, message):
    answer = service.post("/chat", {"message": message, "model": "qwen3-8b"}, STOCK)
    assert answer["usage"] == {"stock_data": True}
    assert not upstream.seen, "no model is asked"
    return answer["response"]


@pytest.mark.parametrize(
    ("message", "symbol"),
    [
        ("What is the price of Apple stock?", "AAPL"), ("aapl performance last week", "AAPL"),
        ("How did microsoft's shares trade recently?", "MSFT"), ("Google stock trend", "GOOGL"),
        ("stock price of apple?", "AAPL"), ("META quote", "META"), ("facebook share price", "META"),
        ("How has IBM stock performed?", "IBM"), ("target price of Apple stock", "AAPL"),
    ],
)  # fmt: skip
def test_a_company_is_recognised(tokimeki, upstream, message, symbol):
    """A company's name or ticker beside a word about stocks."""
    assert f"({symbol})" in stock(tokimeki, upstream, message)


@pytest.mark.parametrize(
    "message",
    [
        "What is the price of a pineapple?", "How do I store metadata about the market?", "Is intelligence a market trend?",
        "What does price target mean in the stock market?", "Tell me about Apple", "spot price of gold last week",
        "Explain stock splits", "Which visa do I need for the market in Hanoi?", "Appleseed stock performance",
        "the price of zooming in", "v shares last week", "What is a target price?",
    ],
)  # fmt: skip
def test_words_not_parts_of_words(tokimeki, upstream, message):
    """What only looks like a company, or asks about no stock, goes to the model."""
    assert "stock_data" not in ask(tokimeki, message)["usage"]
    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("over the last 30 days", 30), ("in the past two weeks", 14), ("last month", 30), ("over the last 3 months", 90),
        ("a 5-day chart", 5), ("in the past year", 365), ("", 7), ("last week", 7),
    ],
)  # fmt: skip
def test_the_asked_period_is_honoured(tokimeki, upstream, words, days):
    """The period that is asked for is the one that is told; a week without one."""
    response = stock(tokimeki, upstream, f"How did Apple stock perform {words}?")
    assert f"in the {days} days to {SAMPLE_END}" in response


def test_the_figures_are_those_of_the_data(tokimeki, upstream):
    """AAPL's adjusted closes of the sample's last week, with the metrics of contract 3.1 and where they come from."""
    response = stock(tokimeki, upstream, "Apple stock performance last week")
    days = dict(re.findall(r"• (\d{4}-\d\d-\d\d): \$([\d.,]+)", response))
    assert list(days) == sorted(days)
    assert len(days) == 6
    closes = [float(value) for value in days.values()]
    told = dict(re.findall(r"• ([A-Z][A-Za-z ]+): (.*)", response))
    assert told["Last close"] == f"${closes[-1]:,.2f} on {SAMPLE_END}"
    assert float(told["Cumulative return"].split()[0]) == pytest.approx(
        100 * (closes[-1] / closes[0] - 1), abs=0.02
    )
    assert told["Trade count"] == "5"
    rising = sum(later > earlier for earlier, later in itertools.pairwise(closes))
    assert told["Win rate"] == f"{100 * rising / 5:.1f} %"
    assert float(told["Max drawdown"].split()[0]) <= 0
    assert {"Sharpe ratio", "Change", "Range", "Average volume", "Daily volatility"} <= set(told)
    assert "**Interpretation:**" in response
    assert "historical sample prices, not today's" in response


@pytest.mark.parametrize(
    "message", ["What is Tesla's stock price?", "NVDA stock last 2 weeks", "TSLA share price today"]
)
def test_no_data_means_no_figures(tokimeki, upstream, message):
    """A company without data: it is said so, without a single figure, and no model may invent one."""
    response = stock(tokimeki, upstream, message)
    assert "no market data" in response
    assert not re.search(r"\d", response)


def test_a_streamed_stock_question(tokimeki, upstream):
    """It comes as the same events and asks nobody either."""
    with tokimeki.stream({"message": "Apple stock price"}) as stream:
        events = list(stream)
    assert [event.name for event in events] == ["start", "delta", "done"]
    done = events[-1].data
    assert (done["source"], done["provider"], done["usage"]) == ("market_data", "market_data", None)
    assert done["response"] == events[1].data["text"]
    assert not upstream.seen


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("in 2012", "2012-01-03", "2012-12-31"), ("from March to May 2012", "2012-03-01", "2012-05-31"),
        ("since 2013-02-01", "2013-02-01", SAMPLE_END), ("in April 2012", "2012-04-02", "2012-04-30"),
        ("year to date", "2013-01-02", SAMPLE_END),
    ],
)  # fmt: skip
def test_fixed_days_are_taken_literally(tokimeki, upstream, words, first, last):
    """Days that are named are those that are answered about, as far as there are any."""
    said = stock(tokimeki, upstream, f"How did Apple stock perform {words}?")
    assert f"from {first} to {last}" in said


def test_fixed_days_without_data_have_no_figures(tokimeki, upstream):
    """A year before and a weekend within the data."""
    for words in ("in 1995", "on 2012-05-05"):
        said = stock(tokimeki, upstream, f"How did Apple stock perform {words}?")
        assert "no market data" in said
        assert "$" not in said


def test_a_single_day_has_no_change(tokimeki, upstream):
    """One day has a close and a range; a change of zero would be invented."""
    said = stock(tokimeki, upstream, "Apple stock price on 2012-05-03")
    assert "• Last close: $" in said
    assert "on 2012-05-03" in said
    assert "Change" not in said
    assert "from $" not in said
