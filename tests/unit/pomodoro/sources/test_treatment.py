"""The rules for odd rows, the local day, and the hours when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.daily import daily_counts
from unit.pomodoro.sources.reading import NOW, codes, one, read


def spans(*rows: str, **options):
    """Read sessions with a start and an end."""
    return read("start,end\n" + "".join(row + "\n" for row in rows), **options)


def test_zero_length_is_one_minute():
    """A session without length is kept as one minute and counted."""
    parsed = spans("2024-03-01 09:00,2024-03-01 09:00")
    assert (parsed.sessions[0].duration_seconds, parsed.sessions[0].duration_minutes) == (0, 1)
    assert parsed.counts.zero_length == 1


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(1, 1), (89, 1), (90, 2), (150, 3), (149, 2), (43_200, 720)]
)
def test_minutes_are_rounded_half_up(seconds, minutes):
    """Minutes are rounded half up and never 0."""
    session = one(f"start,seconds\n2024-03-01 09:00,{seconds}\n")
    assert (session.duration_seconds, session.duration_minutes) == (seconds, minutes)


def test_end_before_start_future_and_over_twelve_hours_are_rejected():
    """Each rejected row has its line and reason; exactly twelve hours is still good."""
    parsed = spans(
        "2024-03-01 09:00,2024-03-01 08:59:59",
        "2026-11-23 13:00:01,2026-11-23 13:30",
        "2024-03-01 09:00,2024-03-01 21:00:01",
        "2024-03-01 09:00,2024-03-01 21:00:00",
        "1969-12-31 09:00,1969-12-31 10:00",
    )
    assert codes(parsed) == {2: "end_before_start", 3: "in_future", 4: "too_long", 6: "too_old"}
    assert [session.line for session in parsed.sessions] == [5]
    assert parsed.rejected[2].reason == "the session is longer than 12 hours"


def test_over_180_minutes_is_kept_and_flagged():
    """Three hours are normal, a second more is long."""
    parsed = spans("2024-03-01 09:00,2024-03-01 12:00", "2024-03-02 09:00,2024-03-02 12:00:01")
    assert [session.long for session in parsed.sessions] == [False, True]
    assert parsed.counts.long == 1


def test_overlaps_are_kept_and_counted():
    """Three of five sessions begin while an earlier one runs; touching is no overlap."""
    parsed = spans(
        "2024-03-01 11:00,2024-03-01 12:00",
        "2024-03-01 09:00,2024-03-01 11:00",
        "2024-03-01 09:30,2024-03-01 09:40",
        "2024-03-01 10:00,2024-03-01 10:30",
        "2024-03-01 11:30,2024-03-01 11:30",
    )
    assert len(parsed.sessions) == 5
    assert parsed.counts.overlaps == 3


def test_a_session_belongs_to_the_local_day_of_its_start():
    """23:50 to 00:40 belongs to the evening; an instant is placed by the user's zone, not its own offset."""
    parsed = spans("2024-03-01 23:50,2024-03-02 00:40", "2024-03-01T23:30:00Z,2024-03-01T23:50:00Z")
    first, second = parsed.sessions
    assert (first.local_date, first.local_time) == (date(2024, 3, 1), time(23, 50))
    assert (second.local_date, second.local_time) == (date(2024, 3, 2), time(0, 30))


def test_lengths_over_a_change_of_clocks_are_real_time():
    """Four hours on the wall are three in spring and five in autumn, with offsets or without."""
    parsed = spans(
        "2024-03-31 00:30,2024-03-31 04:30",
        "2024-10-27 00:30,2024-10-27 04:30",
        "2024-10-27T00:30+02:00,2024-10-27T04:30+01:00",
    )
    assert [session.duration_seconds for session in parsed.sessions] == [3 * 3600, 5 * 3600, 5 * 3600]


def test_the_skipped_hour_is_read_as_the_next():
    """A start at 2:30 on the night of the change is 3:30, on the same day."""
    session = one("start,minutes\n2024-03-31 02:30,25\n")
    assert (session.started_at, session.local_time) == (datetime(2024, 3, 31, 1, 30, tzinfo=UTC), time(3, 30))


def test_the_repeated_hour_is_the_first_one():
    """A session within the repeated hour has its length; one that runs into it ends in its first half."""
    parsed = spans("2024-10-27 02:10,2024-10-27 02:40", "2024-10-27 01:30,2024-10-27 02:30")
    assert [session.duration_seconds for session in parsed.sessions] == [1800, 3600]


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Havana", "Asia/Beirut"])
def test_zones_that_change_at_midnight(zone):
    """Where midnight itself is skipped, a session at 0:10 still falls on the new day."""
    days = {"Africa/Cairo": "2024-04-26", "America/Havana": "2024-03-10", "Asia/Beirut": "2024-03-31"}
    session = one(f"start,minutes\n{days[zone]} 00:10,25\n", zone=ZoneInfo(zone))
    assert session.local_date == date.fromisoformat(days[zone])
    assert session.local_time == time(1, 10)


def test_a_long_task_is_whole_in_the_notes():
    """The store holds 200 characters of a task; nothing of it is lost."""
    task = "t" * 250
    parsed = read(f"start,minutes,task,notes\n2024-03-01 09:00,25,{task},n\n2024-03-01 09:00,25,{task},\n")
    first, second = parsed.sessions
    assert first.task == "t" * 199 + "…"
    assert (first.notes, second.notes) == (f"{task}\n\nn", task)
    assert parsed.counts.shortened == 2


def test_categories_and_presets_that_do_not_fit_cost_their_row():
    """They are names, so cutting them would make another one."""
    parsed = read(
        f"start,minutes,category,preset\n2024-03-01 09:00,25,{'c' * 101},\n2024-03-01 09:00,25,,{'p' * 51}\n"
    )
    assert codes(parsed) == {2: "category_too_long", 3: "preset_too_long"}


def test_sessions_per_day_include_empty_days():
    """Days between the first and the last session count 0."""
    parsed = spans(
        "2024-03-04 09:00,2024-03-04 10:00",
        "2024-03-01 09:00,2024-03-01 10:00",
        "2024-03-01 23:59,2024-03-02 00:10",
    )
    first, counts = daily_counts(parsed.sessions)
    assert first == date(2024, 3, 1)
    assert counts.dtype == np.int64
    assert counts.tolist() == [2, 0, 0, 1]
    with pytest.raises(InvalidInputError):
        daily_counts([])


def test_only_the_start_is_judged_by_now():
    """A session that is still running is taken; one that begins a second ahead is not."""
    start = NOW.isoformat()
    assert one(f"start,minutes\n{start},25\n").started_at == NOW
    later = (NOW + timedelta(seconds=1)).isoformat()
    assert codes(read(f"start,minutes\n{later},25\n")) == {2: "in_future"}
