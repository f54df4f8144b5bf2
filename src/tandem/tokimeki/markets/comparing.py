"""Several symbols beside each other, over the days on which all of them have a price."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.bars import Bars, Days, Floats
from tandem.tokimeki.markets.risk import Risk, risk


@dataclass(frozen=True, slots=True)
class Compared:
    """``rebased`` holds one row per symbol: its closes, 100 on the first common day; ``correlation`` is NaN where unknown."""

    days: Days
    rebased: Floats
    figures: tuple[Risk, ...]
    correlation: Floats


def compare(all_bars: Sequence[Bars]) -> Compared:
    """Compare at least one; raises InvalidInputError for fewer than two common days."""
    common = all_bars[0].days
    for bars in all_bars[1:]:
        common = np.intersect1d(common, bars.days, assume_unique=True)
    if len(common) < 2:
        raise InvalidInputError("these symbols have fewer than two days in common in that time")
    closes = np.array([bars.close[np.searchsorted(bars.days, common)] for bars in all_bars])
    returns = closes[:, 1:] / closes[:, :-1] - 1.0
    return Compared(
        days=common, rebased=100.0 * closes / closes[:, :1], figures=tuple(risk(row) for row in returns),
        correlation=_correlation(returns),
    )  # fmt: skip


def _correlation(returns: Floats) -> Floats:
    centred = returns - returns.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1))
    scale = np.outer(spread, spread)
    found = np.divide(centred @ centred.T, scale, out=np.full_like(scale, np.nan), where=scale > 0)
    bounded: Floats = np.clip(found, -1.0, 1.0)
    return bounded
