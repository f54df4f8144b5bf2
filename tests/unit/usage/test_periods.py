"""Where a budget's day and month begin."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.usage.periods import EVER, end_of, start_of

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("day", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("month", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ],
)
def test_days_and_months_are_local_also_when_clocks_change(period, start, end):
    """The day of the change is an hour shorter."""
    now = dt.datetime(2026, 3, 29, 12, tzinfo=PRAGUE)
    assert start_of(period, now).isoformat() == start
    assert end_of(period, now).isoformat() == end


def test_a_total_never_ends():
    """And begins before everything."""
    now = dt.datetime(2026, 3, 29, 12, tzinfo=PRAGUE)
    assert (start_of("total", now), end_of("total", now)) == (EVER, None)


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)), st.sampled_from(["day", "month"]))
def test_each_moment_is_in_its_period_and_the_next_one_follows(moment, period):
    """No gap and no overlap."""
    now = moment.replace(tzinfo=dt.UTC)
    start, end = start_of(period, now), end_of(period, now)
    assert start <= now < end
    assert start_of(period, end) == end
    assert start_of(period, end - dt.timedelta(microseconds=1)) == start


def test_a_naive_moment_is_refused():
    """It has no day of anybody's."""
    for function in (start_of, end_of):
        with pytest.raises(ValueError, match="aware"):
            function("day", dt.datetime(2026, 1, 1))
