"""Indicators against a second library, which goes value by value."""

import subprocess
import sys

import numpy as np
import pytest
from talipp import indicators as talipp
from talipp.ohlcv import OHLCV

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.indicators import KINDS, indicator, wanted

from .made import made


def column(values, name=None):
    """talipp's values as an array, NaN where it has none."""
    picked = [value if name is None or value is None else getattr(value, name) for value in values]
    return np.array([np.nan if value is None else value for value in picked], dtype=float)


def ours(bars, text):
    return indicator(bars, wanted(text)[0])


@pytest.mark.parametrize("length", [5, 20, 50])
def test_against_talipp(bars, length):
    """Averages, relative strength, bands and true range, to 1e-9, with the same values missing at the begin."""
    close = bars.close.tolist()
    pairs = [
        (ours(bars, f"sma:{length}")["value"], column(talipp.SMA(length, close))),
        (ours(bars, f"ema:{length}")["value"], column(talipp.EMA(length, close))),
        (ours(bars, f"rsi:{length}")["value"], column(talipp.RSI(length, close))),
    ]
    bands, theirs = ours(bars, f"bollinger:{length}:2.5"), list(talipp.BB(length, 2.5, close))
    pairs += [
        (bands["upper"], column(theirs, "ub")),
        (bands["lower"], column(theirs, "lb")),
        (bands["middle"], column(theirs, "cb")),
    ]
    for mine, other in pairs:
        np.testing.assert_allclose(mine, other, rtol=1e-9)


def test_true_range_against_talipp(bars):
    """TA-Lib leaves the first day's range out, for it has no close before it; the two meet as the begin is forgotten."""
    days = [OHLCV(*row) for row in zip(bars.open, bars.high, bars.low, bars.close, strict=True)]
    mine, other = ours(bars, "atr:14")["value"], column(talipp.ATR(14, days))
    np.testing.assert_allclose(mine[400:], other[400:], rtol=1e-9)


def test_macd_against_talipp(bars):
    """TA-Lib begins the fast average with the slow one; the two meet as the begin is forgotten."""
    mine, theirs = ours(bars, "macd"), list(talipp.MACD(12, 26, 9, bars.close.tolist()))
    for name in ("macd", "signal", "histogram"):
        np.testing.assert_allclose(mine[name][500:], column(theirs, name)[500:], rtol=1e-9, atol=1e-9)


def test_all_by_default(bars):
    """Six, each as long as the prices."""
    chosen = wanted("")
    assert [one.name for one in chosen] == list(KINDS)
    assert all(len(values) == len(bars) for one in chosen for values in indicator(bars, one).values())


@pytest.mark.parametrize(
    "text",
    ["foo", "sma:", "sma:x", "sma:1", "sma:401", "sma:2.5", "sma:nan", "sma:1e400", "sma:20:5", "macd:12:26", "bollinger:20:0",
     "bollinger:20:inf", ",".join(f"sma:{n}" for n in range(2, 24))],
)  # fmt: skip
def test_what_cannot_be_asked(text):
    """Refused with the reason."""
    with pytest.raises(InvalidInputError, match="indicators:"):
        wanted(text)


def test_few_prices():
    """Shorter than any window: no value, no error."""
    for one in wanted(""):
        for values in indicator(made([1.0, 2.0, 3.0]), one).values():
            assert np.isnan(values).all()


def test_pandas_stays_out():
    """TA-Lib must not load what nobody uses, and it can be loaded afterwards."""
    code = (
        "import sys, importlib.util; from tandem.tokimeki.markets import indicators;"
        "assert 'pandas' not in sys.modules; assert importlib.util.find_spec('pandas')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
