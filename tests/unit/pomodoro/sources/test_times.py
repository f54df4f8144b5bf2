"""Moments in all the ways in which people and programs write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.sources.reasons import RowError
from tandem.pomodoro.sources.times import TimeReader, is_clock
from unit.pomodoro.sources.reading import PRAGUE

DMY = TimeReader(PRAGUE, lambda: "dmy")
MDY = TimeReader(PRAGUE, lambda: "mdy")
NINE_LOCAL = datetime(2024, 3, 1, 8, tzinfo=UTC)
"""9:00 in Prague on the first of March 2024."""


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01T09:00:00+01:00",
        "2024-03-01T09:00:00+0100",
        "2024-03-01T09:00:00+01",
        "2024-03-01T08:00:00Z",
        "2024-03-01T08:00:00.000Z",
        "2024-03-01 09:00:00 +0100",
        "2024-03-01 08:00 UTC",
        "2024-03-01T13:00:00+0500",
        "2024-03-01T03:00:00-05:00",
        "2024-03-01 09:00",
        "2024-03-01 9:00",
        "2024-03-01T09:00:00",
        "2024/03/01 09:00",
        "2024.03.01 09:00:00",
        "01.03.2024 9:00",
        "1. 3. 2024 9:00",
        "1.3.24 9:00",
        "01/03/2024 09:00",
        "01-03-2024 09:00",
        "1709280000",
        "1709280000.0",
        "1709280000000",
        "202403010900",
        "20240301090000",
        "20240301T090000",
        "Fri, 1 Mar 2024 09:00:00 +0100",
        "Fri Mar 1 09:00:00 2024 +0100",
        "Mar 1, 2024 9:00 AM",
        "1 March 2024 09:00",
        "March 1st, 2024, 9:00 am",
    ],
)
def test_one_moment_in_many_spellings(text):
    """Each of these spellings is nine o'clock in Prague on 1 March 2024."""
    assert DMY.instant(text) == NINE_LOCAL


@pytest.mark.parametrize(
    "text", ["03/01/2024 09:00", "3/1/24 9:00 AM", "03-01-2024 09:00:00", "01.03.2024 09:00"]
)
def test_month_first_concerns_slashes_and_dashes_only(text):
    """With the month first, slashes and dashes turn round; dots always begin with the day."""
    assert MDY.instant(text) == NINE_LOCAL


@pytest.mark.parametrize(
    ("text", "hour"), [("12:00 AM", 0), ("12:30 am", 0), ("1:00 p.m.", 13), ("12:00 PM", 12)]
)
def test_twelve_hour_clocks(text, hour):
    """Midnight is 12 AM and noon is 12 PM."""
    assert DMY.instant(f"2024-03-01 {text}").astimezone(PRAGUE).hour == hour


@pytest.mark.parametrize(
    "text",
    ["", "now", "2024-13-01 09:00", "2024-02-30 09:00", "2024-03-01 25:00", "2024-03-01 13:00 PM", "12345", "9:00",
     "2024-03-01T09:00+99:99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-14:00", "x" * 100_000,
     "1-2-3-4", "99999999999", "13 13 2024 09:00", "٢٠٢٤-٠٣-٠١ 09:00", "2024-03-01T09:00:00+01:00 or so"],
)  # fmt: skip
def test_what_is_no_time_is_rejected(text):
    """Anything else is rejected with a reason that shows at most the beginning of it."""
    with pytest.raises(RowError) as caught:
        DMY.instant(text)
    assert caught.value.reason.code == "time_unreadable"
    assert len(str(caught.value.slots["value"])) <= 41


@pytest.mark.parametrize("text", ["2024-03-01", "1.3.2024", "01/03/2024", "20240301"])
def test_a_day_alone_is_no_moment(text):
    """A day without a time of day is not silently put at midnight."""
    with pytest.raises(RowError) as caught:
        DMY.instant(text)
    assert caught.value.reason.code in ("clock_missing", "time_unreadable")


def test_a_skipped_hour_moves_forward():
    """On 31 March 2024 Prague has no 2:30; it is read as 3:30 summer time."""
    moment = DMY.instant("2024-03-31 02:30")
    assert moment == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert moment.astimezone(PRAGUE).strftime("%H:%M %z") == "03:30 +0200"


def test_a_repeated_hour_is_its_first_occurrence():
    """On 27 October 2024 Prague has 2:30 twice; the one in summer time is meant."""
    assert DMY.instant("2024-10-27 02:30") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert DMY.instant("2024-10-27 02:30+01:00") == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Europe/Prague"]),
)
def test_what_python_writes_is_read_back(moment, zone):
    """Every moment in ISO 8601 with its offset, and as a number since 1970, is the same instant again."""
    aware = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert DMY.instant(aware.astimezone(ZoneInfo(zone)).isoformat()) == aware
    whole = aware.replace(microsecond=0)
    if aware.year >= 1974:
        assert DMY.instant(str(int(whole.timestamp()))) == whole
    if aware.year >= 2002:
        assert abs(DMY.instant(str(int(aware.timestamp() * 1000))) - aware) < timedelta(milliseconds=2)


@given(st.text())
def test_any_text_is_a_moment_or_a_rejection(text):
    """No text makes the reader fail in another way."""
    try:
        moment = DMY.instant(text)
    except RowError:
        return
    assert moment.tzinfo is UTC


def test_clocks_are_told_from_moments():
    """A clock has hours and minutes and no day."""
    assert [is_clock(text) for text in ("9:00", "09:00:15", " 9:00 PM", "2024-03-01 9:00", "9", "")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
