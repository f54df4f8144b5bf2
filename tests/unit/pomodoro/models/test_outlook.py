"""How many sessions a day or a week is going to have."""

import csv
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.models.day_plan import share_done
from tandem.pomodoro.models.day_so_far import given_so_far
from tandem.pomodoro.models.outlook import DailyForecasts, day_outlook, forecasts_before, week_outlook
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, TODAY, every_day, session, snapshot_of

DAY = TODAY.toordinal()


LOGS = Path(__file__).resolve().parents[5] / "shared" / "data" / "sessions"


def poisson(mean: float, top: int = 40) -> np.ndarray:
    """Probabilities of 0..top."""
    steps = np.log(mean) - np.log(np.arange(1, top + 1))
    table = np.exp(np.concatenate([[-mean], -mean + np.cumsum(steps)]))
    return table / table.sum()


def test_nothing_is_known_before_the_day_begins():
    """With no share of the day behind and nothing done the forecast stays nearly as it is."""
    prior = poisson(4)
    assert np.abs(given_so_far(prior, 0, 0.0) - prior).max() < 0.02


def test_what_is_done_cannot_be_undone():
    """Totals below what is done have no probability; at the end of the day that is all there is."""
    posterior = given_so_far(poisson(4), 3, 0.99)
    assert posterior[:3].sum() == 0
    assert posterior[3] > 0.8
    assert posterior.sum() == pytest.approx(1.0)


def test_an_idle_morning_lowers_and_a_busy_one_raises_the_expectation():
    """At noon with nothing done less is expected than at noon with four done."""
    counts = np.arange(41)
    means = [float(given_so_far(poisson(4), done, 0.5) @ counts) for done in (0, 1, 2, 4)]
    assert means == sorted(means)
    assert means[0] < 2.5
    assert means[3] > 5


def test_more_than_was_thought_possible_is_just_what_it_is():
    """A day with more sessions than the forecast reaches to has at least those."""
    posterior = given_so_far(poisson(2, top=8), 30, 0.5)
    assert posterior[30] == 1.0


@given(st.floats(0.05, 20), st.integers(0, 60), st.floats(0, 1))
def test_the_posterior_is_a_distribution(mean: float, done: int, share: float):
    """It sums to one and has no negative or undefined part."""
    posterior = given_so_far(poisson(mean), done, share)
    assert posterior.sum() == pytest.approx(1.0)
    assert (posterior >= 0).all()


def test_the_share_done_grows_through_the_day():
    """From nearly nothing at midnight to nearly all at 23:00, and by the person's own hours."""
    early = snapshot_of(every_day(60, first_ago=1))
    shares = [share_done(early, 2, hour) for hour in range(24)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[23] > 0.95
    late = snapshot_of([session(ago, 21, minute=m) for ago in range(1, 60) for m in (0, 20, 40)])
    assert share_done(late, 2, 15) < 0.2 < share_done(early, 2, 15)


def test_the_day_is_conditioned_on_what_was_seen_in_simulated_days():
    """Over many simulated days the mean said at noon is unbiased and its 80 % interval holds near 80 %."""
    rng = np.random.default_rng(4)
    hours = np.array([8, 9, 10, 11, 13, 14, 15, 16])
    truth, said, inside = [], [], 0
    for _ in range(80):
        rows = [
            session(ago, int(hour), minute=int(rng.integers(60)))
            for ago in range(1, 90)
            for hour in rng.choice(hours, rng.poisson(4))
        ]
        today = [session(0, int(hour)) for hour in rng.choice(hours, rng.poisson(4))]
        seen = [row for row in today if row.hour <= 11]
        outlook = day_outlook(snapshot_of(rows, seen), NOW.replace(hour=12, minute=0), DAY)
        truth.append(len(today))
        said.append(outlook.expected)
        inside += outlook.low <= len(today) <= outlook.high
    assert abs(np.mean(said) - np.mean(truth)) < 0.6
    assert inside >= 56
    assert np.corrcoef(truth, said)[0, 1] > 0.5


def test_a_past_day_is_forecast_from_the_days_before_it():
    """What happened on that day or after does not change what was predicted for it."""
    calm = every_day(60, per_day=1, first_ago=20)
    busy = every_day(20, per_day=9, first_ago=0)
    without, with_busy = snapshot_of(calm), snapshot_of(calm, busy)
    assert day_outlook(with_busy, NOW, DAY - 19) == day_outlook(without, NOW, DAY - 19)
    assert week_outlook(with_busy, NOW, DAY - 19) == week_outlook(without, NOW, DAY - 19)
    assert day_outlook(with_busy, NOW, DAY - 19).expected < 2


def test_a_running_week_is_what_is_done_plus_the_rest():
    """With ten sessions done in the first two days a running week has at least ten."""
    rows = [*every_day(90, per_day=2, first_ago=3), *every_day(2, per_day=5, first_ago=1)]
    running = week_outlook(snapshot_of(rows), NOW, DAY - 2)
    assert running.low >= 10
    assert running.low <= running.expected <= running.high
    assert running.probability_any == 1.0


def test_the_forecast_is_made_once_a_day_and_anew_when_the_past_changes():
    """Today's sessions leave it alone; a session of yesterday does not."""
    snapshot = snapshot_of(every_day(30))
    first = forecasts_before(snapshot, DAY, DAY)
    snapshot.put(session(0))
    assert forecasts_before(snapshot, DAY, DAY) is first
    snapshot.put(session(1))
    assert forecasts_before(snapshot, DAY, DAY) is not first
    assert forecasts_before(snapshot, DAY + 1, DAY + 1) is not first


def test_an_earlier_day_does_not_push_out_todays_forecast():
    """Asking about the past keeps what is remembered about today."""
    snapshot = snapshot_of(every_day(30))
    first = forecasts_before(snapshot, DAY, DAY)
    day_outlook(snapshot, NOW, DAY - 5)
    assert forecasts_before(snapshot, DAY, DAY) is first


@pytest.mark.parametrize("day", [1, DAY + 27, DAY + 28, DAY + 400, 3_652_059])
def test_any_day_of_the_calendar_has_an_outlook(day: int):
    """Days before the first session have the default, days beyond the reach that of their weekday."""
    outlook = day_outlook(snapshot_of(every_day(40)), NOW, day)
    assert outlook.low <= outlook.high
    assert outlook.basis == ("default" if day == 1 else "history")


def test_one_session_with_a_wrong_year_is_survived():
    """A session of the year 1 neither breaks nor slows the forecast, nor does it count as history of yesterday."""
    rows = [*every_day(40), session(TODAY.toordinal() - 400)]
    outlook = day_outlook(Snapshot.of(rows), NOW, DAY)
    assert outlook.basis == "history"
    assert outlook.sample_days <= 730


@pytest.mark.parametrize(
    "log", ["toggl_student_2021_2022.csv", "fzf_sessions.csv", "coveragepy_sessions.csv"]
)
def test_knowing_the_morning_improves_the_forecast_of_real_days(log: str):
    """On days of real logs the forecast given the sessions before 15:00 gives the outcome more probability."""
    path = LOGS / log
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with path.open(newline="") as file:
        starts = [datetime.fromisoformat(row["start"]).replace(tzinfo=None) for row in csv.DictReader(file)]
    starts.sort()
    by_day = {day: [at.hour for at in group] for day, group in groupby(starts, key=lambda at: at.toordinal())}
    first, last = min(by_day), max(by_day)
    gains, errors = [], []
    for day in np.random.default_rng(1).choice(np.arange(first + 120, last), 40, replace=False).tolist():
        past = range(max(first, day - 400), day)
        rows = [session(DAY - when, hour) for when in past for hour in by_day.get(when, [])]
        snapshot = snapshot_of(rows)
        before = DailyForecasts(snapshot, day).day(day).probabilities
        hours = by_day.get(day, [])
        share = share_done(snapshot, (day + 6) % 7, 15)
        after = given_so_far(before, sum(hour < 15 for hour in hours), share)
        at = len(hours)
        if at < len(before):
            gains.append(np.log(after[at]) - np.log(before[at]))
        errors.append((abs(after @ np.arange(len(after)) - at), abs(before @ np.arange(len(before)) - at)))
    assert np.mean(gains) > 0.05
    given, without = np.mean(errors, axis=0)
    assert given < without
