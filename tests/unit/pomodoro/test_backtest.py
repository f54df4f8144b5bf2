"""The backtest: the simple methods by hand, no look into the future, and the figures on real logs."""

import csv
import json
import math
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from tandem.pomodoro import backtest
from tandem.pomodoro import backtest_methods as methods

LOGS = Path(__file__).parents[4] / "shared" / "data" / "sessions"
MONDAY = date(2024, 1, 1)


def counts_like(seed, days=80):
    """A bursty person's counts."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(0.8, 2.5, days))


def real(name):
    """Counts per day of a log by its file name, and its first day; skips when the log is not here."""
    path = LOGS / name
    if not path.exists():
        pytest.skip(f"the log {name} is not here")
    with path.open(newline="", encoding="utf-8") as file:
        return backtest.daily_counts(
            datetime.fromisoformat(row["start"]).date() for row in csv.DictReader(file)
        )


def test_the_old_rule_is_the_mean_over_active_days_of_that_weekday():
    """Written out day by day, with its fallbacks and its rounding half to even."""
    counts, first = counts_like(1), 3
    said = methods.old_rule(counts, first)
    for today in range(counts.size):
        week = []
        for day in range(today, today + 7):
            same = [c for i, c in enumerate(counts[:today]) if (first + i) % 7 == (first + day) % 7 and c > 0]
            active = [c for c in counts[:today] if c > 0]
            week.append(round(float(np.mean(same or active or [6]))))
        assert said.day[today] == week[0]
        assert said.week[today] == sum(week)


def test_the_old_rule_rounds_half_to_even():
    """A mean of 2.5 becomes 2, one of 3.5 becomes 4; an idle day in between does not count."""
    counts = np.zeros(29, dtype=int)
    counts[[0, 7, 21]] = 2, 3, 0
    counts[[1, 8]] = 3, 4
    said = methods.old_rule(counts, 0)
    assert said.day[28] == 2
    assert said.day[22] == 4


def test_the_weekday_methods_look_back_whole_weeks():
    """Last week's day, and the mean of the last eight, written out; 6 where there is nothing yet."""
    counts = counts_like(2)
    last, eight = methods.same_weekday_last_week(counts), methods.mean_of_last_eight(counts)
    for today in range(counts.size):
        past = [[counts[i] for i in range(day - 7, max(day - 57, -1), -7)] for day in range(today, today + 7)]
        assert last.week[today] == sum(days[0] if days else 6 for days in past)
        assert eight.week[today] == pytest.approx(sum(np.mean(days) if days else 6.0 for days in past))
        assert last.day[today] == (counts[today - 7] if today >= 7 else 6)
        assert eight.day[today] == pytest.approx(np.mean(past[0]) if past[0] else 6.0)


def test_the_last_56_days_give_medians():
    """The median day, and the median of the whole weeks inside those days."""
    counts = counts_like(3)
    said = methods.median_of_last_days(counts)
    assert said.day[70] == np.median(counts[14:70])
    assert said.week[70] == np.median([counts[i : i + 7].sum() for i in range(14, 64)])
    assert (said.day[0], said.week[0], said.week[3]) == (6, 42, 7 * np.median(counts[:3]))


def forecasts(counts, where):
    """What every method says, by name."""
    points = {
        "old": methods.old_rule(counts, 0),
        "last": methods.same_weekday_last_week(counts),
        "eight": methods.mean_of_last_eight(counts),
        "zero": methods.constant_zero(counts),
    }
    said = {name: backtest._with_errors(point, counts, where) for name, point in points.items()}
    return said | {
        "empirical": backtest._empirical(counts, where),
        "ours": backtest._ours(counts, 0, where, None),
    }


@pytest.mark.parametrize("change", [0, 9, 17])
def test_no_method_knows_the_future(change):
    """Changing all days from one on changes no forecast made before it, for that day nor for the week from it on."""
    counts, where = counts_like(4, 60), backtest.span(60)
    turned = counts.copy()
    turned[where.days[0] + change :] = 40 - turned[where.days[0] + change :]
    before, after = forecasts(counts, where), forecasts(turned, where)
    for name, said in before.items():
        other = after[name]
        for part in ("day", "low", "high", "quantiles", "week"):
            known, same = getattr(said, part)[: change + 1], getattr(other, part)[: change + 1]
            assert np.array_equal(known, same), (name, part)
    assert not np.array_equal(before["ours"].day, after["ours"].day)


def test_the_last_four_tenths_are_scored():
    """Of 100 days 40, with the weeks that end inside; the shortest log still has one week."""
    where = backtest.span(100)
    assert (where.days[0], where.days[-1], where.days.size) == (60, 99, 40)
    assert (where.weeks[0], where.weeks[-1]) == (60, 93)
    shortest = backtest.span(backtest.MIN_DAYS)
    assert (shortest.days.tolist(), shortest.weeks.tolist()) == ([9, 10, 11, 12, 13], [7])


def test_scores_by_hand():
    """Errors, pinball loss and coverage of two days and one week, computed on paper."""
    counts = np.array([1, 2, 0, 0, 0, 0, 0, 4, 0], dtype=np.int64)
    where = backtest.Span(np.array([7, 8]), np.array([2]))
    said = backtest.Forecasts(
        day=np.array([3.0, 0.0]),
        week=np.array([7.0]),
        quantiles=np.array([[1.0, 3.0, 5.0], [0.0, 0.0, 2.0]]),
        low=np.array([1.0, 1.0]),
        high=np.array([4.0, 2.0]),
    )
    scores = backtest.score(said, counts, where)
    assert scores.mae_1d == pytest.approx(0.5)
    assert scores.mae_7d == pytest.approx(3.0)
    assert scores.pinball == pytest.approx((0.3 + 0.5 + 0.1 + 0.0 + 0.0 + 0.2) / 6)
    assert scores.coverage80 == pytest.approx(0.5)


def test_the_result_is_the_promised_json():
    """Names, keys and finite figures; the counts of days are those of the calendar; progress runs to its end."""
    steps = []
    result = backtest.run(counts_like(5, 45), MONDAY, "mine", lambda done, whole: steps.append((done, whole)))
    answer = json.loads(json.dumps(result.as_json()))
    assert list(answer) == ["log", "days", "methods"]
    assert (answer["log"], answer["days"], result.scored) == ("mine", 45, 18)
    names = ["tandem", "old_rule", "same_weekday_last_week", "mean_of_last_eight", "zero", "empirical_56"]
    assert list(answer["methods"]) == names
    for figures in answer["methods"].values():
        assert list(figures) == ["mae_1d", "mae_7d", "pinball", "coverage80"]
        assert all(math.isfinite(figure) for figure in figures.values())
    assert steps == [(done, 18) for done in range(1, 19)]


@pytest.mark.parametrize(("days", "missing"), [(0, 14), (10, 4), (13, 1)])
def test_a_short_log_says_what_it_lacks(days, missing):
    """Fewer than fourteen days are refused with the number that is missing; fourteen are enough."""
    with pytest.raises(backtest.LogTooShortError, match=f"{missing} are missing") as error:
        backtest.run(np.ones(days, dtype=np.int64), MONDAY, "short")
    assert (error.value.days, error.value.missing) == (days, missing)
    assert isinstance(error.value, ValueError)
    assert backtest.run(np.ones(14, dtype=np.int64), MONDAY, "short").days == 14


def test_days_are_counted_over_the_whole_calendar():
    """Empty days between the first and the last session are zeros; no session at all is an error."""
    counts, first = backtest.daily_counts([date(2024, 3, 2), date(2024, 2, 28), date(2024, 3, 2)])
    assert (counts.tolist(), first) == ([1, 0, 0, 2], date(2024, 2, 28))
    with pytest.raises(ValueError, match="no sessions"):
        backtest.daily_counts([])


def test_a_strict_routine_is_forecast_without_error():
    """Four sessions on every working day: no error by day or week, once the pattern is known."""
    scores = backtest.run(np.tile([4, 4, 4, 4, 4, 0, 0], 40), MONDAY, "routine").methods["tandem"]
    assert (scores.mae_1d, scores.mae_7d, scores.coverage80) == (0.0, 0.0, 1.0)


def test_random_days_are_forecast_almost_as_well_as_they_can_be():
    """For Poisson days of a weekly pattern the error is within 6 % of what knowing the pattern gives."""
    means = np.tile([5.0, 5.0, 4.0, 4.0, 3.0, 0.5, 0.2], 80)
    counts = np.random.default_rng(6).poisson(means)
    result = backtest.run(counts, MONDAY, "random")
    best = np.abs(counts - np.floor(means + 1 / 3))[-224:].mean()
    assert result.methods["tandem"].mae_1d < 1.06 * best
    assert 0.72 <= result.methods["tandem"].coverage80 <= 0.88


def beats_simple_methods(found):
    """Below the old rule by day, below the better weekday method by week."""
    ours = found["tandem"]
    better = min(found["same_weekday_last_week"].mae_7d, found["mean_of_last_eight"].mae_7d)
    return ours.mae_1d < found["old_rule"].mae_1d and ours.mae_7d < better


def test_a_students_year_is_forecast_better():
    """On a real tracker log: better than the simple methods, the interval holding 72 to 88 % of the days."""
    counts, first = real("toggl_student_2021_2022.csv")
    found = backtest.run(counts, first, "student").methods
    assert beats_simple_methods(found)
    assert 0.72 <= found["tandem"].coverage80 <= 0.88
    assert found["tandem"].pinball < found["empirical_56"].pinball


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "name", ["fzf_sessions.csv", pytest.param("coveragepy_sessions.csv", marks=pytest.mark.soak)]
)
def test_sparse_years_are_forecast_better_than_by_zero(name):
    """On commit logs of more than twelve years, mostly empty days: better than all, constant zero included."""
    counts, first = real(name)
    found = backtest.run(counts, first, name).methods
    assert beats_simple_methods(found)
    assert found["tandem"].mae_1d < found["zero"].mae_1d
    assert found["tandem"].mae_7d < found["zero"].mae_7d
    assert found["tandem"].coverage80 >= 0.72
    assert found["tandem"].pinball <= found["empirical_56"].pinball
