"""When repeating jobs are due, over both changes of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tandem.core.jobs.rhythms import Daily, Every

PRAGUE = ZoneInfo("Europe/Prague")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "now", "slot"),
    [
        ("06:30", "2026-11-20T05:30", "2026-11-20T05:30"),
        ("06:30", "2026-11-20T05:29", "2026-11-19T05:30"),
        ("06:30", "2026-07-20T05:29", "2026-07-20T04:30"),
        # 02:30 does not exist on 29 March 2026: right after the gap, 03:30 summer time.
        ("02:30", "2026-03-29T01:29", "2026-03-28T01:30"),
        ("02:30", "2026-03-29T01:31", "2026-03-29T01:30"),
        ("02:30", "2026-03-30T00:31", "2026-03-30T00:30"),
        # 02:30 exists twice on 25 October 2026: the first counts, and only that.
        ("02:30", "2026-10-25T00:30", "2026-10-25T00:30"),
        ("02:30", "2026-10-25T01:45", "2026-10-25T00:30"),
        ("02:30", "2026-10-26T01:30", "2026-10-26T01:30"),
    ],
)
def test_daily_is_one_moment_per_local_date(at: str, now: str, slot: str) -> None:
    rhythm = Daily(dt.time.fromisoformat(at), PRAGUE)
    assert rhythm.latest(utc(now)) == utc(slot)


def test_a_year_of_days_has_a_slot_for_each_date() -> None:
    rhythm = Daily(dt.time(2, 30), PRAGUE)
    now, slots = utc("2026-01-01T00:00"), set()
    while now < utc("2027-01-01T00:00"):
        slots.add(rhythm.latest(now))
        now += dt.timedelta(minutes=30)
    dates = [slot.astimezone(PRAGUE).date() for slot in sorted(slots)]
    assert len(dates) == len(set(dates)) == 366  # the last day of 2025 included


def test_every_agrees_between_workers() -> None:
    rhythm = Every(dt.timedelta(minutes=10))
    assert rhythm.latest(utc("2026-11-20T05:39:59")) == utc("2026-11-20T05:30")
    assert rhythm.latest(utc("2026-11-20T05:30").astimezone(PRAGUE)) == utc("2026-11-20T05:30")
