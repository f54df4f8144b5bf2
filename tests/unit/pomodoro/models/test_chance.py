"""How a change is told from chance."""

import numpy as np
import pytest

from tandem.pomodoro.models.chance import (
    DEFAULT_SPREAD,
    FIRM,
    LEAST_SPREAD,
    LIKELY,
    count_rise_z,
    floored_spread,
    mean_drop_z,
    share_shift_z,
    spread_rise_z,
)


def test_equal_ratings_are_not_taken_for_perfect_steadiness():
    """However many equal ratings there are, the spread keeps its floor; without any it is the default."""
    assert floored_spread(np.array([])) == DEFAULT_SPREAD
    assert floored_spread(np.full(2, 80.0)) > LEAST_SPREAD
    assert floored_spread(np.full(1000, 80.0)) == LEAST_SPREAD


def test_spread_is_taken_within_the_groups():
    """A difference between the groups does not widen it."""
    low, high = np.array([50.0, 70.0] * 50), np.array([10.0, 30.0] * 50)
    assert floored_spread(low, high) == pytest.approx(10.0, abs=0.1)


def test_drop_of_means_has_the_known_z():
    """Two groups of fifty, ten points apart, with a deviation of ten: z is close to five."""
    usual, recent = np.array([70.0, 90.0] * 25), np.array([60.0, 80.0] * 25)
    assert mean_drop_z(usual, recent) == pytest.approx(5.0, abs=0.1)
    assert mean_drop_z(recent, usual) == pytest.approx(-5.0, abs=0.1)


@pytest.mark.parametrize(("limit", "share"), [(LIKELY, 0.05), (FIRM, 0.01)])
def test_limits_are_exceeded_by_chance_as_often_as_they_say(limit: float, share: float):
    """Poisson counts and normal ratings without any change, 4000 looks each."""
    rng = np.random.default_rng(3)
    rises = [count_rise_z(rng.poisson(21), rng.poisson(126) / 6, exposure=6) > limit for _ in range(4000)]
    drops = [mean_drop_z(rng.normal(70, 12, 40), rng.normal(70, 12, 12)) > limit for _ in range(4000)]
    assert np.mean(rises) == pytest.approx(share, abs=0.02)
    assert np.mean(drops) == pytest.approx(share, abs=0.02)


def test_a_count_that_scatters_more_needs_a_larger_rise():
    """The variance that was seen counts where it is larger than that of a Poisson count."""
    calm = count_rise_z(30, 20, exposure=6)
    assert count_rise_z(30, 20, exposure=6, variance=100) < LIKELY < calm
    assert count_rise_z(3, 0, exposure=3) > LIKELY


def test_shares_of_nothing_and_all_are_not_certain():
    """Three of three against half of ten is no firm finding; thirty of thirty is."""
    assert share_shift_z(3, 3, 5, 10) < FIRM
    assert share_shift_z(30, 30, 15, 30) > FIRM
    assert share_shift_z(15, 30, 15, 30) == pytest.approx(0.0)


def test_scatter_that_grows_is_seen():
    """Twice the deviation is firm with thirty ratings; the same deviation is not."""
    usual, wild = np.array([60.0, 80.0] * 20), np.array([50.0, 90.0] * 15)
    assert spread_rise_z(usual, wild) > FIRM
    assert abs(spread_rise_z(usual, usual)) < 0.01
