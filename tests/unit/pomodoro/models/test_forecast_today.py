"""What is left of today, given what is done."""

from math import comb, exp, lgamma

import numpy as np
import pytest

from tandem.pomodoro.models.forecast import fit
from tandem.pomodoro.models.forecast_today import CONCENTRATION, given_so_far, share_passed


def rng(seed=4):
    """A generator of its own for each draw, so that tests do not depend on their order."""
    return np.random.default_rng(seed)


FORECASTER = fit(rng(5).poisson(rng(6).gamma(1.5, 2.0, 300)), 0)


def test_before_the_day_begins_nothing_is_learned():
    """At a share of 0 with nothing done, today is the plain forecast."""
    plain, today = FORECASTER.day(), FORECASTER.today(0, 0.0)
    assert today.total.expected == pytest.approx(plain.expected)
    assert today.remaining == pytest.approx(plain.expected)
    assert today.p_more == pytest.approx(plain.p_any)


@pytest.mark.parametrize("done", [0, 1, 4, 60])
def test_when_the_day_is_over_nothing_is_left(done):
    """At a share of 1 the total is what was done, however unusual."""
    today = FORECASTER.today(done, 1.0)
    assert today.total.expected == pytest.approx(done)
    assert today.remaining == pytest.approx(0.0)
    assert today.p_more == pytest.approx(0.0)
    assert (today.total.low, today.total.median, today.total.high) == (done, done, done)


def test_the_total_never_falls_below_what_is_done():
    """Each session done lifts the whole distribution over it."""
    for done in range(0, 20, 3):
        total = FORECASTER.today(done, 0.4).total
        assert total.low >= done
        assert total.expected >= done
        assert total.probabilities[:done].sum() == 0.0


def test_an_idle_morning_lowers_the_hope_for_the_day():
    """The later it is with nothing done, the less probable is any session."""
    chances = [FORECASTER.today(0, share).p_more for share in (0.0, 0.3, 0.6, 0.9)]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] < 0.6 * chances[0]


def test_it_is_bayes_rule():
    """The posterior equals prior times beta-binomial, counted out from the beta function."""
    forecast, done, share = FORECASTER.day(), 2, 0.35

    def beta(a, b):
        return exp(lgamma(a) + lgamma(b) - lgamma(a + b))

    a, b = CONCENTRATION * share, CONCENTRATION * (1 - share)
    by_hand = np.array(
        [
            comb(n, done) * beta(done + a, n - done + b) / beta(a, b) * p if n >= done else 0.0
            for n, p in enumerate(forecast.probabilities)
        ]
    )
    got = given_so_far(forecast, done, share).total.probabilities
    assert got == pytest.approx(by_hand / by_hand.sum())


def test_impossible_states_are_refused():
    """A negative count or a share outside 0..1 is an error of the caller."""
    for done, share in ((-1, 0.5), (1, -0.1), (1, 1.1)):
        with pytest.raises(ValueError, match="done must be"):
            FORECASTER.today(done, share)


def test_the_share_passed_follows_the_persons_hours():
    """Without data the day runs from 8 to 20; an early bird's is over sooner."""
    nobody = np.zeros(24, dtype=int)
    assert [share_passed(nobody, hour) for hour in (0, 8, 14, 20, 24)] == pytest.approx([0, 0, 0.5, 1, 1])
    early = nobody.copy()
    early[5:9] = 50
    assert share_passed(early, 9) > 0.9
    assert share_passed(early, 7.0) == pytest.approx(100 / 212)
    for by_hour, hour in ((np.zeros(23), 5), (nobody, 25.0), (nobody, -1.0)):
        with pytest.raises(ValueError, match="24 hourly counts"):
            share_passed(by_hour, hour)
