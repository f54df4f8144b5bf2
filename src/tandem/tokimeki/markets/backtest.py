"""What following a strategy would have brought.

The whole capital takes the position that the last close suggested, on the next trading day: at its open, or at its close
where the source tells no open or the caller wants that. Between two changes of the position the number of shares stays.
Shares can be fractions, selling short brings in cash and costs no interest, and an account that a short position has
emptied stays empty. ``costs`` are a share of every amount traded.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.bars import Bars, Floats
from tandem.tokimeki.markets.strategies import Signals

CAPITAL: Final = 100_000.0

Fill = Literal["next_open", "next_close"]


@dataclass(frozen=True, slots=True)
class Trade:
    """A change of the position; ``shares`` are bought (> 0) or sold (< 0), ``position`` is 1, 0 or -1 afterwards."""

    day: dt.date
    price: float
    shares: float
    position: int
    costs: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The account at each close, in the same money as ``capital``; ``positions`` are those held over the close."""

    bars: Bars
    signals: Signals
    positions: Signals
    equity: Floats
    trades: tuple[Trade, ...]
    costs_paid: float
    capital: float = CAPITAL

    @property
    def returns(self) -> Floats:
        """Of the account, from close to close, 0 once it is empty; one fewer than there are days."""
        before, after = self.equity[:-1], self.equity[1:]
        return np.divide(after, before, out=np.ones(len(before)), where=before > 0) - 1.0


def backtest(
    bars: Bars, signals: Signals, *, costs: float = 0.0, fill: Fill = "next_open", capital: float = CAPITAL
) -> Backtest:
    """Follow ``signals`` (one a day of ``bars``) and return the account; raises InvalidInputError for prices not above 0."""
    if len(bars) and bars.close.min() <= 0:
        raise InvalidInputError(
            f"{bars.symbol} had prices of 0 or less in that time, which no position can be sized by"
        )
    prices = bars.close if fill == "next_close" else np.where(bars.open > 0, bars.open, bars.close)
    account = _Account(capital, costs)
    equity, positions = np.full(len(bars), capital), np.zeros(len(bars), dtype=np.int8)
    # The position wanted on a day is what the close before suggested.
    wanted = np.concatenate([np.zeros(1, dtype=np.int8), signals[:-1]])[: len(bars)]
    changes = [*np.flatnonzero(np.diff(wanted, prepend=np.int8(0))).tolist(), len(bars)]
    for begin, end in pairwise(changes):
        account.turn(bars.days[begin].item(), float(prices[begin]), int(wanted[begin]))
        equity[begin:end] = account.worth(bars.close[begin:end])
        positions[begin:end] = np.where(equity[begin:end] > 0, account.position, 0)
        account.settle(equity[begin:end])
    return Backtest(bars, signals, positions, equity, tuple(account.trades), account.costs_paid, capital)


class _Account:
    """Cash and shares."""

    def __init__(self, cash: float, rate: float) -> None:
        self._cash, self._shares, self._rate = cash, 0.0, rate
        self.position = 0
        self.costs_paid = 0.0
        self.trades: list[Trade] = []

    def turn(self, day: dt.date, price: float, position: int) -> None:
        """Put everything that there is into ``position``."""
        held = self._shares * price
        total = self._cash + held
        if total <= 0:
            # A jump against a short position took everything before it could be closed.
            self._cash, self._shares, position, self.position = 0.0, 0.0, 0, 0
            return
        # What remains pays the costs of what is traded: rest = total - rate * |position * rest - held|.
        if position == 0:
            rest = total - self._rate * abs(held)
        else:
            rest = (total + position * self._rate * held) / (1.0 + self._rate)
        shares = position * rest / price
        self.trades.append(Trade(day, price, shares - self._shares, position, total - rest))
        self.costs_paid += total - rest
        self._cash, self._shares, self.position = rest - shares * price, shares, position

    def worth(self, close: Floats) -> Floats:
        """Return what the account is worth at each close; nothing from the first one on at which nothing is left."""
        worth = self._cash + self._shares * close
        empty = np.flatnonzero(worth <= 0)
        if len(empty):
            worth[empty[0] :] = 0.0
        return worth

    def settle(self, worth: Floats) -> None:
        """Close for good an account that was emptied."""
        if worth[-1] <= 0:
            self._cash = self._shares = 0.0
            self.position = 0
