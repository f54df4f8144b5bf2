"""The back-test against arithmetic by hand, a slow account that goes day by day, and an independent library's figures."""

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.backtest import backtest
from tandem.tokimeki.markets.strategies import STRATEGIES, mean_reversion, momentum, trend
from tandem.tokimeki.markets.strategy_metrics import measured

from .made import made


def signals(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_the_day_after():
    """Bought at the open of the day after the signal with all money, sold at the open of the day after the next one."""
    bars = made([10, 11, 12, 15, 9], [9, 10, 10, 14, 8])
    test = backtest(bars, signals(0, 1, 1, 0, 0), capital=1000.0)
    assert test.equity.tolist() == [1000, 1000, 1200, 1500, 800]
    assert test.positions.tolist() == [0, 0, 1, 1, 0]
    assert [(trade.price, trade.shares, trade.position) for trade in test.trades] == [
        (10, 100, 1),
        (8, -100, 0),
    ]


def test_at_the_close():
    """Where the source tells no open, or the caller wants it so."""
    unknown = backtest(made([10, 10, 20, 40]), signals(1, 1, 1, 1), capital=100.0)
    told = backtest(
        made([10, 10, 20, 40], [1, 1, 1, 1]), signals(1, 1, 1, 1), capital=100.0, fill="next_close"
    )
    assert unknown.equity.tolist() == told.equity.tolist() == [100, 100, 200, 400]


def test_selling_short():
    """The whole capital on the other side; the number of shares stays, so a rise of the price costs as much as it was short."""
    test = backtest(made([10, 10, 8, 12]), signals(-1, -1, -1, -1), capital=100.0)
    assert test.equity.tolist() == [100, 100, 120, 80]


def test_turning_over_pays_for_both_ways():
    """From long to short the costs are those of twice the capital, and what remains is the new position."""
    test = backtest(made([10, 10, 10, 10]), signals(1, -1, -1, -1), capital=1000.0, costs=0.01)
    first = 1000 / 1.01
    assert test.equity[1] == pytest.approx(first)
    rest = (first - 0.01 * first) / 1.01
    assert test.equity[2] == pytest.approx(rest)
    assert abs(test.trades[1].shares + test.trades[0].shares) * 10 == pytest.approx(rest)
    assert test.costs_paid == pytest.approx(1000 - rest)


def test_an_emptied_account_stays_empty():
    """A short position that lost everything is closed for good; no return afterwards, and none below -100 %."""
    test = backtest(made([10, 10, 25, 5, 5, 5]), signals(-1, -1, -1, 1, 1, 1), capital=100.0)
    assert test.equity.tolist() == [100, 100, 0, 0, 0, 0]
    assert test.returns.tolist() == [0, -1, 0, 0, 0]
    assert test.positions.tolist() == [0, -1, 0, 0, 0, 0]
    assert measured(test).total_return == -100


def test_prices_that_size_no_position():
    """Oil was below 0 once."""
    with pytest.raises(InvalidInputError):
        backtest(made([10, -37, 12]), signals(1, 1, 1))


@pytest.mark.parametrize("days", [1, 2])
def test_few_days(days):
    """Figures of nothing are 0, not nan."""
    test = backtest(made([10.0] * days), signals(*[1] * days))
    figures = measured(test)
    assert (figures.total_return, figures.sharpe_ratio, figures.max_drawdown, figures.var_95) == (0, 0, 0, 0)


def slowly(bars, wanted, rate, at_open):
    """The same account day by day, in plain Python, written without a look at the other."""
    cash, shares, held, account = 100_000.0, 0.0, 0, []
    for day in range(len(bars)):
        target = int(wanted[day - 1]) if day else 0
        if target != held:
            price = float(bars.open[day] if at_open else bars.close[day])
            worth = cash + shares * price
            # Found by halving instead of by formula: what can be held after its own costs are paid?
            low, high = 0.0, worth
            for _ in range(200):
                middle = (low + high) / 2
                if middle + rate * abs(target * middle - shares * price) <= worth:
                    low = middle
                else:
                    high = middle
            kept = worth - rate * abs(shares * price) if target == 0 else low
            shares, held = target * kept / price, target
            cash = kept - shares * price
        account.append(cash + shares * float(bars.close[day]))
    return np.array(account)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(("rate", "fill"), [(0.0, "next_open"), (0.002, "next_open"), (0.0, "next_close")])
def test_against_a_slow_account(bars, name, rate, fill):
    """To 1e-9 of the account, on real prices."""
    wanted = STRATEGIES[name](bars.close)
    test = backtest(bars, wanted, costs=rate, fill=fill)
    np.testing.assert_allclose(test.equity, slowly(bars, wanted, rate, fill == "next_open"), rtol=1e-9)


@pytest.mark.parametrize("name", STRATEGIES)
def test_figures_against_empyrical(bars, name):
    """Total return, drawdown and value at risk as the library has them; its Sharpe divides by the sample deviation."""
    test = backtest(bars, STRATEGIES[name](bars.close), costs=0.001)
    figures, returns = measured(test), pd.Series(test.returns)
    assert figures.total_return == pytest.approx(100 * empyrical.cum_returns_final(returns), rel=1e-9)
    assert figures.max_drawdown == pytest.approx(100 * empyrical.max_drawdown(returns), rel=1e-9)
    assert figures.var_95 == pytest.approx(100 * empyrical.value_at_risk(returns), rel=1e-9)
    sample_sharpe = empyrical.sharpe_ratio(returns)
    assert figures.sharpe_ratio == pytest.approx(
        sample_sharpe * np.sqrt(len(returns) / (len(returns) - 1)), rel=1e-9
    )


def test_signals_against_pandas(bars):
    """The contract's rules (3.8), with pandas' moving windows."""
    close = pd.Series(bars.close)
    slow = close.rolling(50).mean()
    expected = np.where(slow.isna(), 0, np.where(close.rolling(20).mean() > slow, 1, -1))
    assert (trend(bars.close) == expected).all()
    middle, width = close.rolling(20).mean(), 2 * close.rolling(20).std()
    expected = np.where(close < middle - width, 1, np.where(close > middle + width, -1, 0))
    assert (mean_reversion(bars.close) == expected).all()
    change = close.diff()
    gain, loss = change.clip(lower=0).rolling(14).mean(), (-change.clip(upper=0)).rolling(14).mean()
    rsi = 100 - 100 / (1 + gain / loss)
    expected = np.where(rsi < 30, 1, np.where(rsi > 70, -1, 0))
    assert (momentum(bars.close) == expected).all()


prices = st.lists(st.floats(1, 1000), min_size=60, max_size=90)


@settings(max_examples=40, deadline=None)
@given(prices, prices, st.integers(1, 59), st.sampled_from(sorted(STRATEGIES)))
def test_no_look_ahead(past, future, cut, name):
    """Other prices from some day on change no signal, no position and no account before that day."""
    one, other = [*past], [*past[:cut], *future]
    results = []
    for close in (one, other):
        wanted = STRATEGIES[name](np.array(close))
        results.append(backtest(made(close), wanted, costs=0.001))
    before = [(test.signals[:cut], test.positions[:cut], test.equity[:cut]) for test in results]
    for mine, theirs in zip(*before, strict=True):
        assert (mine == theirs).all()


@settings(max_examples=40, deadline=None)
@given(prices, st.floats(0, 0.05), st.sampled_from(sorted(STRATEGIES)))
def test_costs_never_pay(close, rate, name):
    """An account never ends higher for costs, and never below nothing."""
    wanted = STRATEGIES[name](np.array(close))
    free, dear = backtest(made(close), wanted), backtest(made(close), wanted, costs=rate)
    assert (dear.equity >= 0).all()
    assert dear.equity[-1] <= free.equity[-1] * (1 + 1e-9)
