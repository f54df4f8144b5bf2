"""How much daily returns move, over a moving window, and in which regime that puts a market."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.bars import Bars, Floats
from tandem.tokimeki.markets.rolling import rolling_deviation
from tandem.tokimeki.markets.summary import TRADING_DAYS

Regime = Literal["Low Volatility", "Medium Volatility", "High Volatility", "Extreme Volatility"]

REGIMES: Final[tuple[Regime, ...]] = (
    "Low Volatility", "Medium Volatility", "High Volatility", "Extreme Volatility",
)  # fmt: skip
BOUNDS: Final = (15.0, 25.0, 35.0)
"""Percent a year at which the next regime begins."""

SKIPPED: Final = 0.1
"""Share of the first days among which no minimum is looked for."""


class TooFewDaysError(InvalidInputError):
    """The window is longer than the history."""

    code = "insufficient_data"


def daily_volatility(bars: Bars, window: int) -> Floats:
    """Return for each day the population deviation of the ``window`` returns that end on it, as a fraction a day.

    As long as ``bars``; the first ``window`` values are NaN, for those days have too few returns. Raises TooFewDaysError.
    """
    _check(bars, window)
    return np.concatenate([[np.nan], rolling_deviation(bars.returns, window, ddof=0)])


def yearly_volatility(bars: Bars, window: int) -> Floats:
    """Return for each day the sample deviation of the last ``window`` returns, annualised, in percent; aligned as above."""
    _check(bars, window)
    daily = rolling_deviation(bars.returns, window, ddof=1)
    scaled: Floats = np.concatenate([[np.nan], 100.0 * np.sqrt(TRADING_DAYS) * daily])
    return scaled


def quietest(volatility: Floats) -> int | None:
    """Return the position of the smallest value after the first tenth; None where no value is known."""
    begin = int(SKIPPED * len(volatility))
    rest = volatility[begin:]
    return None if np.isnan(rest).all() else begin + int(np.nanargmin(rest))


def regime_of(percent: float) -> Regime:
    """Return the regime of an annualised volatility in percent; a bound belongs to the regime above it."""
    return REGIMES[int(np.searchsorted(BOUNDS, percent, side="right"))]


@dataclass(frozen=True, slots=True)
class RegimePeriod:
    """Successive trading days in one regime; ``first`` and ``last`` are positions, both included."""

    regime: Regime
    first: int
    last: int
    average: float


@dataclass(frozen=True, slots=True)
class RegimeShare:
    """What a regime was like over the whole time; volatilities in percent a year, ``share`` of all days in percent."""

    days: int
    average: float
    least: float
    most: float
    share: float


def regime_periods(volatility: Floats) -> list[RegimePeriod]:
    """Return the longest runs of one regime, in order; days without a value belong to none."""
    known = np.flatnonzero(np.isfinite(volatility))
    if not len(known):
        return []
    kinds = np.searchsorted(BOUNDS, volatility[known], side="right")
    breaks = np.flatnonzero(np.diff(kinds)) + 1
    return [
        RegimePeriod(
            REGIMES[kinds[run[0]]],
            int(known[run[0]]),
            int(known[run[-1]]),
            float(volatility[known[run]].mean()),
        )
        for run in np.split(np.arange(len(known)), breaks)
    ]


def regime_shares(volatility: Floats) -> dict[Regime, RegimeShare]:
    """Return the figures of each regime that occurs."""
    values = volatility[np.isfinite(volatility)]
    kinds = np.searchsorted(BOUNDS, values, side="right")
    shares: dict[Regime, RegimeShare] = {}
    for kind, name in enumerate(REGIMES):
        inside = values[kinds == kind]
        if len(inside):
            shares[name] = RegimeShare(
                len(inside), float(inside.mean()), float(inside.min()), float(inside.max()),
                100.0 * len(inside) / len(values),
            )  # fmt: skip
    return shares


def _check(bars: Bars, window: int) -> None:
    if len(bars) - 1 < window:
        raise TooFewDaysError(
            f"a window of {window} days needs {window + 1} prices; there are {len(bars)} of {bars.symbol} in that time"
        )
