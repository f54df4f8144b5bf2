"""Levels, regression and distribution of the forecaster against plain arithmetic."""

from math import exp, lgamma, log

import numpy as np
import pytest

from tandem.pomodoro.models import forecast_distribution as distribution
from tandem.pomodoro.models import forecast_levels as levels
from tandem.pomodoro.models import forecast_regression as regression


def rng(seed=8):
    """A generator of its own for each draw, so that tests do not depend on their order."""
    return np.random.default_rng(seed)


def test_levels_are_the_weighted_means_they_claim_to_be():
    """Each equals the sum over all earlier days, written out."""
    counts = rng(9).poisson(2, 37)
    table = levels.levels(counts, 6.0)
    assert table.shape == (38, len(levels.HALF_LIVES))
    for column, half_life in enumerate(levels.HALF_LIVES):
        for day in (0, 1, 2, 36, 37):
            weights = 0.5 ** ((day - 1 - np.arange(day)) / half_life)
            prior = levels.PRIOR_DAYS * 0.5 ** (day / half_life)
            mean = (weights @ counts[:day] + 6.0 * prior) / (weights.sum() + prior)
            assert table[day, column] == pytest.approx(mean)


def test_levels_know_no_later_day():
    """Changing a day leaves all levels up to it as they were."""
    counts = rng(10).poisson(2, 100)
    changed = counts.copy()
    changed[60:] += 5
    before, after = levels.log_levels(counts, 6.0), levels.log_levels(changed, 6.0)
    assert np.array_equal(before[:61], after[:61])
    assert not np.array_equal(before[61:], after[61:])


def test_weekday_columns_begin_where_they_should():
    """Beginning on a Saturday, the third day is a Monday."""
    assert levels.weekdays(5, 3).argmax(axis=1).tolist() == [5, 6, 0]


def test_the_regression_finds_the_truth_it_was_given():
    """Ten thousand Poisson counts give back their coefficients; a heavy penalty gives zero."""
    design = np.stack([np.ones(10_000), rng(11).normal(size=10_000)], axis=1)
    target = rng(12).poisson(np.exp(design @ np.array([0.4, -0.5]))).astype(float)
    rows = np.ones((1, 10_000))
    (loose,) = regression.coefficients(design, np.zeros(10_000), target[None], rows, np.full(2, 1e-6))
    assert loose == pytest.approx([0.4, -0.5], abs=0.05)
    (tight,) = regression.coefficients(design, np.zeros(10_000), target[None], rows, np.full(2, 1e9))
    assert tight == pytest.approx([0.0, 0.0], abs=1e-3)


def test_fits_in_company_are_the_fits_alone():
    """Neither a fit that needs more steps nor one without any weight changes another."""
    design = np.stack([np.ones(400), rng(31).normal(size=400)], axis=1)
    targets = rng(32).poisson([[0.2], [3.0], [40.0], [1.0]], (4, 400)).astype(float)
    weights = np.stack([np.ones(400), np.arange(400) / 400, np.ones(400), np.zeros(400)])
    given = design, np.zeros(400)
    together = regression.coefficients(*given, targets, weights, np.full(2, 4.0))
    for at in range(4):
        (alone,) = regression.coefficients(
            *given, targets[at : at + 1], weights[at : at + 1], np.full(2, 4.0)
        )
        assert together[at] == pytest.approx(alone, abs=1e-9)
    assert together[3] == pytest.approx([0.0, 0.0])


def test_spread_tells_bursts_from_steadiness():
    """The size of a negative binomial sample is found again; Poisson counts give a large one; nothing the prior."""
    fitted, rows = np.full(20_000, 3.0), np.ones(20_000)
    bursts = rng(13).poisson(rng(14).gamma(2.0, 1.5, 20_000)).astype(float)
    assert regression.size(bursts, fitted, rows) == pytest.approx(2.0, rel=0.1)
    assert regression.size(rng(15).poisson(3, 20_000).astype(float), fitted, rows) > 20
    assert regression.size(np.array([]), np.array([]), np.array([])) == pytest.approx(
        1 / regression.PRIOR_SPREAD
    )


def test_the_negative_binomial_is_the_textbook_one():
    """Probabilities equal the formula with gamma functions, the rest stands at the top."""
    mean, size = 2.5, 1.3
    row = distribution.negative_binomial(np.array([mean]), size, 40)[0]
    for count in (0, 1, 7):
        chance = exp(
            lgamma(count + size) - lgamma(size) - lgamma(count + 1)
            + size * log(size / (size + mean)) + count * log(mean / (size + mean))
        )  # fmt: skip
        assert row[count] == pytest.approx(chance)
    assert row.sum() == pytest.approx(1.0)
    assert distribution.negative_binomial(np.array([mean]), size, 1)[0][1] == pytest.approx(1 - row[0])


def test_similar_days_shape_the_forecast_and_others_do_not():
    """Days of another expected count leave the negative binomial alone; a hundred like today replace it."""

    def seen(fitted):
        return distribution.Evidence(np.full(300, 4), np.full(300, fitted), np.ones(300), 2.0)

    base = distribution.negative_binomial(np.array([4.0]), 2.0, 20)[0]
    assert distribution.predictive(4.0, seen(9.0), 20) == pytest.approx(base)
    assert distribution.predictive(4.0, seen(4.0), 20)[4] > 0.9


def test_tail_shares_equal_those_of_each_day_left_out():
    """The grouped computation agrees with one forecast per day that has not seen its own outcome."""
    fitted = rng(16).uniform(0.2, 6.0, 90)
    evidence = distribution.Evidence(rng(17).poisson(fitted), fitted, rng(18).uniform(0.5, 1.0, 90), 3.0)
    got = distribution.tail_shares(evidence, 25, 30)
    assert got.shape == (25,)
    for row, day in enumerate(range(65, 90)):
        rest = np.arange(90) != day
        alone = distribution.Evidence(
            evidence.outcomes[rest], fitted[rest], evidence.weights[rest], evidence.size
        )
        chances = distribution.predictive(fitted[day], alone, 30)
        outcome = evidence.outcomes[day]
        assert got[row] == pytest.approx(min(chances[: outcome + 1].sum(), chances[outcome:].sum()), abs=0.02)


def test_quantiles_of_counts_and_of_weighted_values():
    """The smallest count that reaches the share; the value at which the mass is reached."""
    chances = np.array([0.6, 0.3, 0.1])
    assert [distribution.quantile(chances, share) for share in (0.1, 0.6, 0.61, 0.9, 1.0)] == [0, 0, 1, 1, 2]
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0])
    assert [distribution.weighted_quantile(values, weights, mass) for mass in (-1, 0.5, 2, 2.5, 99)] == [
        0,
        1,
        1,
        2,
        3,
    ]
