"""What may be a symbol, and what may be a period."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.listings import COMPANIES, TICKERS
from tandem.tokimeki.markets.spans import Recent, period
from tandem.tokimeki.markets.symbol_names import InvalidSymbolError, checked_symbol, listed_symbols


@pytest.mark.parametrize(
    "symbol", [*TICKERS, *COMPANIES, "GAMMA.V", "DX-Y.NYB", "EURUSD=X", "M&M.NS", "000001.SS", "BTC-USD"]
)
def test_symbols(symbol):
    """All that the service offers, and more; in capitals."""
    assert checked_symbol(f" {symbol.lower()} ") == symbol


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../x",
        "..",
        "A..B",
        "A/B",
        "A\\B",
        ".A",
        "A.",
        "AAPL?x",
        "A B",
        "A\x00",
        "^",
        "^^VIX",
        "ÄÖ",
        "A%2F",
        "x" * 40,
        "A.B.C.D",
    ],
)
def test_what_is_no_symbol(text):
    """Refused with a text that can be printed."""
    with pytest.raises(InvalidSymbolError) as refused:
        checked_symbol(text)
    assert refused.value.message.isprintable()


@given(st.text("aZ09^&.=-/\\ \0\n%?#:;ſİ．／", max_size=12))
def test_nothing_that_passes_is_a_path(text):
    """Only letters, digits and the signs of symbols come through, and never two dots."""
    try:
        symbol = checked_symbol(text)
    except InvalidSymbolError:
        return
    assert set(symbol) <= set(string.ascii_uppercase + string.digits + "^&.=-")
    assert ".." not in symbol
    assert not symbol.startswith((".", "-"))


def test_lists():
    """Trimmed, in capitals, once each; at most fifty."""
    assert listed_symbols(" aapl,,MSFT , Aapl,") == ["AAPL", "MSFT"]
    assert len(listed_symbols(",".join(f"S{n}" for n in range(50)))) == 50
    with pytest.raises(InvalidInputError, match="at most 50"):
        listed_symbols(",".join(f"S{n}" for n in range(51)))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1d", 1),
        ("5d", 5),
        ("2wk", 14),
        ("3mo", 91),
        ("6MO", 183),
        ("1y", 365),
        ("10y", 3652),
        ("9999y", 36525),
    ],
)
def test_periods(text, days):
    """Calendar days."""
    assert period(text) == Recent(days)


@pytest.mark.parametrize("text", ["", "y", "0d", "-1y", "1", "1.5y", "1h", "yesterday", "1y1y", "٣d"])
def test_what_is_no_period(text):
    """Refused with the reason."""
    with pytest.raises(InvalidInputError, match="period:"):
        period(text)


def test_begins():
    """Counted back from the source's last day; the year to date from its first of January."""
    last = dt.date(2013, 3, 1)
    assert period("ytd").first(last) == dt.date(2013, 1, 1)
    assert period("1y").first(last) == dt.date(2012, 3, 1)
    assert period("max").first(dt.date(50, 1, 1)) == dt.date.min
