"""Risk figures and volatility against independent libraries."""

import empyrical
import numpy as np
import pandas as pd
import pytest

from tandem.tokimeki.markets import rolling
from tandem.tokimeki.markets.comparing import compare
from tandem.tokimeki.markets.risk import risk
from tandem.tokimeki.markets.volatility import (
    TooFewDaysError,
    daily_volatility,
    quietest,
    regime_of,
    regime_periods,
    regime_shares,
    yearly_volatility,
)

from .made import made


def test_against_empyrical(bars):
    """All figures that the library has, to 1e-9."""
    figures, returns = risk(bars.returns), pd.Series(bars.returns)
    expected = {
        "total_return": empyrical.cum_returns_final(returns), "annual_return": empyrical.annual_return(returns),
        "volatility": empyrical.annual_volatility(returns), "sharpe": empyrical.sharpe_ratio(returns),
        "sortino": empyrical.sortino_ratio(returns), "max_drawdown": empyrical.max_drawdown(returns),
        "calmar": empyrical.calmar_ratio(returns), "var_95": empyrical.value_at_risk(returns),
        "cvar_95": empyrical.conditional_value_at_risk(returns),
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(figures, name) == pytest.approx(value, rel=1e-9), name


def test_without_movement():
    """Nothing is divided by nothing."""
    flat = risk(np.zeros(10))
    assert (flat.total_return, flat.volatility, flat.max_drawdown) == (0, 0, 0)
    assert (flat.sharpe, flat.sortino, flat.calmar) == (None, None, None)
    assert risk(np.empty(0)).annual_return is None
    assert risk(np.array([0.01])).volatility is None


def test_a_loss_on_the_first_day_counts():
    """The drawdown begins at the starting value."""
    assert risk(np.array([-0.1, 0.05])).max_drawdown == pytest.approx(-0.1)


@pytest.mark.parametrize("window", [1, 10, 30])
def test_daily_volatility_against_pandas(bars, window):
    """Aligned with the day on which the window ends."""
    expected = pd.Series(bars.close).pct_change().rolling(window).std(ddof=0)
    np.testing.assert_allclose(daily_volatility(bars, window), expected, rtol=1e-9, atol=1e-12)


def test_yearly_volatility_against_pandas(bars):
    """By the sample deviation, in percent."""
    expected = pd.Series(bars.close).pct_change().rolling(30).std() * np.sqrt(252) * 100
    values = yearly_volatility(bars, 30)
    np.testing.assert_allclose(values, expected, rtol=1e-9)
    shares, runs = regime_shares(values), regime_periods(values)
    assert (
        sum(one.days for one in shares.values())
        == sum(one.last - one.first + 1 for one in runs)
        == len(bars) - 30
    )
    assert all(regime_of(value) == run.regime for run in runs for value in values[run.first : run.last + 1])


def test_bounds():
    """15, 25 and 35 percent; a bound belongs to the regime above it."""
    names = [regime_of(value).split()[0] for value in (0, 14.99, 15, 24.99, 25, 34.99, 35, 400)]
    assert names == ["Low", "Low", "Medium", "Medium", "High", "High", "Extreme", "Extreme"]


def test_the_quietest_day_is_not_among_the_first():
    """The first tenth is left out; without any value there is none."""
    assert quietest(np.array([0.0, *[2.0] * 18, 1.0])) == 19
    assert quietest(np.full(5, np.nan)) is None


def test_too_few_days():
    """A window needs one price more than it has returns."""
    with pytest.raises(TooFewDaysError):
        daily_volatility(made([1.0] * 10), 10)
    assert np.isfinite(daily_volatility(made([1.0] * 11), 10)).sum() == 1


def test_comparison_against_pandas(sample):
    """Common days only; correlation of daily returns."""
    apple, microsoft, ibm = sample["AAPL"], sample["MSFT"].last(300), sample["IBM"]
    compared = compare([apple, microsoft, ibm])
    frame = pd.DataFrame(
        {bars.symbol: pd.Series(bars.close, index=bars.days) for bars in (apple, microsoft, ibm)}
    ).dropna()
    assert (compared.days == frame.index.to_numpy().astype("datetime64[D]")).all()
    np.testing.assert_allclose(compared.correlation, frame.pct_change().corr(), rtol=1e-9)
    np.testing.assert_allclose(compared.rebased, (100 * frame / frame.iloc[0]).T, rtol=1e-12)


def test_long_histories_go_block_by_block(bars, monkeypatch):
    """With the same figures."""
    whole = daily_volatility(bars, 30)
    monkeypatch.setattr(rolling, "BLOCK", 31)
    np.testing.assert_array_equal(daily_volatility(bars, 30), whole)
