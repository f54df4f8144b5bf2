"""The daily-count forecaster on histories whose truth is known."""

import time
import tracemalloc

import numpy as np
import pytest

from tandem.pomodoro.models.forecast import DEFAULT_SESSIONS, MAX_AHEAD, WINDOW, fit
from tandem.pomodoro.models.forecast_scale import CEILING

MONDAY = 0


def rng(seed=20):
    """A generator of its own for each draw, so that tests do not depend on their order."""
    return np.random.default_rng(seed)


HISTORIES = {
    "nothing": np.array([], dtype=int),
    "one empty day": np.array([0]),
    "one day": np.array([5]),
    "three days": np.array([2, 0, 3]),
    "a week off": np.zeros(7, dtype=int),
    "two years off": np.zeros(900, dtype=int),
    "sparse": rng(21).poisson(0.1, 900),
    "bursty": rng(22).poisson(rng(23).gamma(0.3, 4.0, 400)),
    "busy": rng(24).poisson(15, 300),
    "always four": np.full(200, 4),
    "every other day": np.tile([0, 9], 100),
    "one wild day": np.concatenate([np.zeros(400, dtype=int), [480], np.zeros(30, dtype=int)]),
    "broken import": np.full(40, 10**9),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_every_answer_is_a_distribution(name):
    """Any history gives finite figures that agree with each other, for days and weeks."""
    forecaster = fit(HISTORIES[name], 2)
    answers = [forecaster.day(ahead) for ahead in (0, 3, MAX_AHEAD - 1)] + [
        forecaster.total(days) for days in (2, 7, 28)
    ]
    for answer in answers:
        assert answer.probabilities.sum() == pytest.approx(1.0)
        assert answer.probabilities.min() >= 0.0
        assert 0 <= answer.low <= answer.median <= answer.high
        assert answer.q10 <= answer.median <= answer.q90
        assert 0.0 <= answer.p_any <= 1.0
        assert 0.0 <= answer.expected < np.inf


@pytest.mark.parametrize("name", HISTORIES)
def test_days_prepared_together_are_the_days_asked_one_by_one(name):
    """Fitting a week at once is quicker and says the same."""
    alone, together = fit(HISTORIES[name], 2), fit(HISTORIES[name], 2)
    together.prepare(range(-1, 7))
    for ahead in range(7):
        one, other = alone.day(ahead), together.day(ahead)
        assert other.expected == pytest.approx(one.expected, rel=1e-9)
        assert (other.low, other.median, other.high) == (one.low, one.median, one.high)


def test_no_history_gives_the_named_default():
    """Without a day six sessions are expected, 42 in a week, and the answer says that it is a default."""
    forecaster = fit(np.array([], dtype=int), MONDAY)
    assert forecaster.day().expected == pytest.approx(DEFAULT_SESSIONS, abs=0.05)
    assert forecaster.total().expected == pytest.approx(7 * DEFAULT_SESSIONS, abs=0.3)
    assert forecaster.day().basis == "default"
    assert fit(np.array([0]), MONDAY).day().basis == "history"


@pytest.mark.parametrize(("own", "nearest"), [(1, 1), (2, 2), (12, 12)])
def test_after_three_days_the_own_mean_dominates(own, nearest):
    """Three equal days bring the forecast nearer to their mean than to the default."""
    expected = fit(np.full(3, own), MONDAY).day().expected
    assert abs(expected - nearest) < abs(expected - DEFAULT_SESSIONS)


def test_a_weekday_pattern_needs_evidence():
    """One free weekend hardly moves the next one; twenty rule it out."""
    week = np.array([4, 4, 4, 4, 4, 0, 0])
    after_one, after_twenty = fit(week, MONDAY), fit(np.tile(week, 20), MONDAY)
    assert after_one.day(5).p_any > 0.5
    assert after_twenty.day(5).expected < 0.3
    assert [after_twenty.day(ahead).median for ahead in range(7)] == week.tolist()
    assert after_twenty.total().median == 20


def test_weekdays_follow_the_calendar():
    """The same counts beginning on another weekday give the same forecasts: only the week's order counts."""
    counts = rng(25).poisson(np.tile([3, 1, 4, 1, 5, 0, 2], 30))
    assert fit(counts, 3).day(2).expected == pytest.approx(fit(counts, 0).day(2).expected)
    shifted = fit(counts[3:], 3).day()
    assert shifted.expected == pytest.approx(fit(counts, 0).day().expected, abs=0.3)


def test_a_changed_habit_is_followed():
    """Sixty days at seven a day outweigh three hundred at two."""
    counts = np.concatenate([rng(26).poisson(2, 300), rng(27).poisson(7, 60)])
    assert 5.5 < fit(counts, MONDAY).day().expected < 9.5


def test_a_pause_lowers_the_forecast_and_a_return_raises_it():
    """After three idle months little is expected; a busy week later clearly more."""
    busy = rng(28).poisson(4, 200)
    pause = np.concatenate([busy, np.zeros(90, dtype=int)])
    back = np.concatenate([pause, rng(29).poisson(4, 7)])
    assert fit(pause, MONDAY).day().expected < 0.5
    assert fit(back, MONDAY).day().expected > 1.5


def test_the_probability_of_any_session_is_right_in_the_long_run():
    """For a Poisson count of mean 0.5 it is near 39 %."""
    assert fit(rng(30).poisson(0.5, 700), MONDAY).day().p_any == pytest.approx(0.39, abs=0.1)


def test_people_with_two_kinds_of_days_keep_both_humps():
    """Someone with ten sessions or none is not told to expect five: five is improbable."""
    counts = np.where(rng(31).random(500) < 0.5, rng(32).poisson(10, 500), 0)
    probabilities = fit(counts, MONDAY).day().probabilities
    assert probabilities[0] > 0.3
    assert probabilities[8:13].sum() > 1.5 * probabilities[3:8].sum()


def test_the_week_adds_up_and_is_less_certain_than_independent_days():
    """The expected week is the sum of its days; with a drifting habit its spread is wider than that sum's."""
    drift = np.exp(np.cumsum(rng(33).normal(0, 0.15, 700)) * 0.5)
    counts = rng(34).poisson(np.clip(2 * drift, 0.2, 12))
    forecaster = fit(counts, MONDAY)
    days, week = [forecaster.day(ahead) for ahead in range(7)], forecaster.total()
    assert week.expected == pytest.approx(sum(day.expected for day in days), rel=0.15)
    count = np.arange(week.probabilities.size)
    variance = float(week.probabilities @ (count - week.expected) ** 2)
    alone = sum(float(d.probabilities @ (np.arange(d.probabilities.size) - d.expected) ** 2) for d in days)
    assert variance > alone


@pytest.mark.parametrize("mean", [0.8, 4.0, 11.0])
def test_the_interval_holds_eight_days_of_ten(mean):
    """On steady random days the calibrated interval holds between 72 and 90 % of the next 200."""
    counts = rng(35).poisson(mean, 500)
    held = []
    for today in range(300, 500):
        forecast = fit(counts[:today], today % 7).day()
        held.append(forecast.low <= counts[today] <= forecast.high)
    assert 0.72 <= np.mean(held) <= 0.90


def test_days_before_the_window_only_set_a_level():
    """What happened when, more than two years ago, does not matter."""
    recent = rng(36).poisson(3, WINDOW)
    one = fit(np.concatenate([np.array([0, 6] * 70), recent]), MONDAY).day()
    other = fit(np.concatenate([np.array([6, 0] * 70), recent]), MONDAY).day()
    assert one.expected == other.expected


def test_a_broken_import_costs_no_memory():
    """Billions of sessions on every day are answered within bounds of time and memory."""
    forecaster = fit(HISTORIES["broken import"], MONDAY)
    tracemalloc.start()
    answers = [forecaster.day(), forecaster.total()]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    assert answers[0].median <= 1.01 * CEILING
    assert answers[1].probabilities.size < 30 * CEILING


def test_one_broken_day_hardly_moves_the_forecast():
    """A day of a billion among days of five is cut, and two months later nearly forgotten."""
    usual = rng(38).poisson(5, 360)
    broken = usual.copy()
    broken[300] = 10**9
    day = fit(broken, MONDAY).day()
    assert day.expected == pytest.approx(fit(usual, MONDAY).day().expected, abs=1.5)
    assert day.high <= 12


def test_a_dense_log_is_forecast_as_dense_as_it_is():
    """A thousand rows on every day, give or take: the error is that of the chance in them, by day and by week."""
    counts = rng(39).poisson(1000, 160)
    forecasts = [fit(counts[:today], today % 7) for today in range(150, 153)]
    errors = [abs(each.day().median - counts[150 + at]) for at, each in enumerate(forecasts)]
    assert np.mean(errors) < 60
    assert all(each.day().low > 900 and each.day().high < 1100 for each in forecasts)
    assert forecasts[0].total().expected == pytest.approx(7000, rel=0.02)
    assert forecasts[0].total().median == pytest.approx(7000, rel=0.02)


def test_dense_mondays_are_kept():
    """Somebody who imports a thousand rows each Monday has busy Mondays, and other days as they are."""
    forecaster = fit(np.tile([1000, 5, 5, 5, 5, 5, 5], 60), MONDAY)
    assert [forecaster.day(ahead).median for ahead in range(3)] == [
        pytest.approx(1000, abs=2), pytest.approx(5, abs=2), pytest.approx(5, abs=2)
    ]  # fmt: skip


def test_strict_routines_are_nearly_certain():
    """Always four: the documented probabilities of exactly four after 28, 60 and 200 days."""
    chances = [fit(np.full(days, 4), MONDAY).day().probabilities[4] for days in (28, 60, 200)]
    assert chances == [pytest.approx(share, abs=0.02) for share in (0.55, 0.71, 0.87)]


def test_impossible_questions_are_refused():
    """Negative counts, unknown weekdays and far horizons are errors of the caller."""
    with pytest.raises(ValueError, match="fewer than 0"):
        fit(np.array([1, -1]), MONDAY)
    with pytest.raises(ValueError, match="0 \\(Monday\\) to 6"):
        fit(np.array([1]), 7)
    for ask in (lambda f: f.day(-1), lambda f: f.day(MAX_AHEAD), lambda f: f.total(0), lambda f: f.total(29)):
        with pytest.raises(ValueError, match="days ahead"):
            ask(fit(np.array([1, 2]), MONDAY))


def test_a_long_history_is_fitted_in_milliseconds():
    """The end of a 6,000-day history takes about a millisecond; the bound leaves room for a busy machine."""
    counts = rng(37).poisson(3, 6000)
    best = min(_seconds(lambda: fit(counts, MONDAY).day()) for _ in range(30))
    assert best < 0.010


def _seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
