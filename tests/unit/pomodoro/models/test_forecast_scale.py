"""Cutting absurd days, and bins for big counts."""

import numpy as np
import pytest

from tandem.pomodoro.models.forecast_scale import (
    CEILING,
    NEVER_CUT,
    TOLD_APART,
    cut,
    in_units,
    spread_out,
    unit_for,
)


def test_ordinary_days_are_never_cut():
    """Up to five hundred, however unusual."""
    counts = np.array([0, 1, NEVER_CUT, 2])
    assert cut(counts, 730).tolist() == counts.tolist()


def test_the_limit_follows_the_persons_busiest_days():
    """Three times the 0.9 quantile of the days with a session; a single largest day does not set its own limit."""
    assert cut(np.array([5, 0, 10**6, 5]), 730).max() == NEVER_CUT
    assert cut(np.array([0, 0, 10**6]), 730).max() == NEVER_CUT
    assert cut(np.append(np.full(50, 1000), 10**6), 730).max() == 3000
    assert cut(np.full(50, 10**9), 730).max() == CEILING
    assert cut(np.array([], dtype=np.int64), 730).size == 0


def test_only_the_window_sets_the_limit():
    """A busy time of long ago is cut by today's measure."""
    assert cut(np.append(np.full(100, 5000), np.full(100, 5)), 100).max() == NEVER_CUT


@pytest.mark.parametrize(
    ("largest", "unit"), [(0, 1), (TOLD_APART, 1), (TOLD_APART + 1, 3), (3000, 3), (3001, 5)]
)
def test_units_are_odd(largest: int, unit: int):
    """So each bin has a middle, and the mean of a bin is its count."""
    assert unit_for(largest) == unit


def test_bins_keep_means_and_zero():
    """Zero stays zero, one session is not lost, and spreading out gives back mass and mean."""
    counts = np.arange(0, 3000)
    bins = in_units(counts, 3)
    assert (bins == 0).tolist() == (counts == 0).tolist()
    assert np.abs(bins[2:] * 3 - counts[2:]).max() == 1
    chances = np.array([0.1, 0.2, 0.3, 0.4])
    spread = spread_out(chances, 5)
    assert spread.sum() == pytest.approx(1.0)
    assert spread[0] == 0.1
    assert spread @ np.arange(spread.size) == pytest.approx(5 * (chances @ np.arange(4)))
    assert spread[3:8] == pytest.approx(np.full(5, 0.04))
    assert spread_out(chances, 1) is chances
