"""Contract 2.8-2.10: price histories, and the fixed lists, on the sample prices."""

import pytest

from contract.checks import ISO_DAY, PROBLEM, check, many, number, one_of, text

COMPANIES = [
    ("Google", "GOOGL"), ("Nvidia", "NVDA"), ("Apple", "AAPL"), ("Microsoft", "MSFT"), ("Amazon", "AMZN"),
    ("Meta", "META"), ("Tesla", "TSLA"), ("Netflix", "NFLX"), ("AMD", "AMD"), ("Intel", "INTC"), ("Alibaba", "BABA"),
    ("S&P 500 ETF", "SPY"), ("Nasdaq 100 ETF", "QQQ"), ("S&P 500 ETF (VOO)", "VOO"), ("Good Times Restaurants", "GTIM"),
    ("ARK Innovation ETF", "ARKK"), ("Emerging Markets ETF", "EEM"), ("Financial Select Sector SPDR", "XLF"),
]  # fmt: skip
TICKERS = (
    "AAPL MSFT GOOGL AMZN META NVDA TSLA NFLX AMD INTC BRK-B JNJ V JPM WMT PG KO XOM SPY QQQ VOO ARKK EEM XLF ES=F NQ=F "
    "YM=F RTY=F MES=F MNQ=F MYM=F M2K=F GC=F SI=F CL=F BZ=F NG=F HG=F ZC=F ZS=F ZW=F ^VIX BTC=F ETH=F"
)
DATA = {
    "symbol": text(), "dates": many(ISO_DAY, least=1), "closes": many(number(0), least=1), "source": text("sample"),
    "as_of": ISO_DAY, "stale": one_of(False),
}  # fmt: skip
EMPTY = {"symbol": text(), "error": text(), "code": text()}
PATH = "/stocks/history"


def entry(service, query, name="Apple", shape=DATA):
    """The only entry of an answer."""
    answer = service.ask(f"{PATH}?{query}", {name: shape})
    assert set(answer) == {name}
    return answer[name]


def test_available_companies(tokimeki):
    """A bare array of 18."""
    answer = tokimeki.ask("/available_companies", many({"name": text(), "symbol": text()}))
    assert [(one["name"], one["symbol"]) for one in answer] == COMPANIES


def test_available_tickers(tokimeki):
    """A bare array of 44, known without asking anybody."""
    assert tokimeki.ask("/available_tickers", many(text())) == TICKERS.split()


def test_the_default_symbols(tokimeki):
    """A map of the 18 display names; what the sample does not hold is an error entry, never a made-up price."""
    answer = tokimeki.ask(PATH)
    assert [(name, one["symbol"]) for name, one in answer.items()] == COMPANIES
    for name, one in answer.items():
        check(DATA if name in ("Google", "Apple", "Microsoft", "Meta") else EMPTY, one, name)
        assert "note" not in one


def test_a_range(tokimeki):
    """Absolute days are taken literally; the end is not included; dates ascend and closes are as many."""
    one = entry(tokimeki, "symbols=aapl&start_date=2012-01-03&end_date=2012-01-10")
    assert one["symbol"] == "AAPL"
    assert one["dates"] == ["2012-01-03", "2012-01-04", "2012-01-05", "2012-01-06", "2012-01-09"]
    assert len(one["closes"]) == 5
    assert "notice" not in one


def test_days_are_counted_back_from_the_last_day(tokimeki):
    """On the sample that day is long past, and the answer says so."""
    one = entry(tokimeki, "symbols=AAPL&days=7")
    assert one["dates"][-1] == one["as_of"] == "2013-03-01"
    assert one["dates"][0] >= "2013-02-22"
    assert "2013-03-01" in one["notice"]


def test_symbols_are_cleaned(tokimeki):
    """Trimmed, in capitals, without blanks and duplicates; an unknown name is shown as its symbol."""
    answer = tokimeki.ask(f"{PATH}?symbols=%20ibm,,AAPL,aapl%20,&days=31")
    assert {name: one["symbol"] for name, one in answer.items()} == {"IBM": "IBM", "Apple": "AAPL"}
    assert set(tokimeki.ask(f"{PATH}?symbols=,")) == {name for name, _ in COMPANIES}


@pytest.mark.parametrize(
    "query",
    ["symbols=NOPE&days=31", "symbols=AAPL&start_date=2012-02-01&end_date=2012-01-01", "symbols=AAPL&days=0",
     "symbols=AAPL&start_date=2024-01-01&end_date=2024-02-01", "symbols=AAPL&start_date=2012-01-01&end_date=2012-01-01",
     "symbols=../../etc/passwd", "symbols=A%00B", "symbols=AAPL%3Fx%3D1"],
)  # fmt: skip
def test_empty_entries(tokimeki, query):
    """200 with `error` in the entry: unknown symbol, empty or inverted range, what is no symbol at all."""
    for one in tokimeki.ask(f"{PATH}?{query}").values():
        assert set(one) == {"symbol", "error", "code"}
        check(EMPTY, one)


@pytest.mark.parametrize(
    ("query", "ignored", "first"),
    [("days=abc", "days", "2013-01-29"), ("days=-5", "days", "2013-01-29"), ("days=99999999999", "days", "2010-03-02"),
     ("days=1.5", "days", "2013-01-29"), ("start_date=2000-01-03&end_date=2013-03-02", "start_date", "2010-03-03")],
)  # fmt: skip
def test_old_parameters_are_forgiven(tokimeki, query, ignored, first):
    """What is no number is 31 days, what is too long begins later; the header names it."""
    response = tokimeki.client.get(f"{PATH}?symbols=AAPL&{query}")
    assert response.headers["x-ignored-parameters"] == ignored
    assert response.json()["Apple"]["dates"][0] == first


@pytest.mark.parametrize(
    "query",
    ["start_date=yesterday", "end_date=2012-13-01", "start_date=2012-1-32", "start_date=20120101",
     "symbols=" + ",".join(f"S{number}" for number in range(51))],
)  # fmt: skip
def test_bad_requests(tokimeki, query):
    """400: what is no date, and more than 50 symbols."""
    tokimeki.ask(f"{PATH}?{query}", PROBLEM, status=400)
