"""What was imported comes out again, and goes in again."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.sources.export import EXPORT_HEADER, ExportRow, csv_header, csv_lines
from tandem.pomodoro.sources.records import ParsedSession
from unit.pomodoro.sources.reading import PRAGUE, codes, read, refusal

HOSTILE = '=HYPERLINK("http://x","y");+1,-1@ \t\'quoted\' "double"\r\nnext\nline 🍅 „české“'


def lines(rows: Iterable[ExportRow]) -> bytes:
    """Return the lines of ``rows``, all of which can be written unless a test says otherwise."""
    return csv_lines(rows)[0]


def exported(sessions: list[ParsedSession], zone: ZoneInfo = PRAGUE) -> bytes:
    """Export ``sessions`` as the service would after storing them."""
    return csv_header() + lines(
        ExportRow(
            one.session_id or uuid4(), one.started_at.astimezone(zone), one.duration_seconds, one.duration_minutes,
            one.category, one.preset, one.completed, one.rating, one.task, one.notes,
        )
        for one in sessions
    )  # fmt: skip


def content(session: ParsedSession):
    """Return what an export must give back."""
    return (
        session.started_at, session.duration_seconds, session.duration_minutes, session.category, session.preset,
        session.completed, session.rating, session.task, session.notes, session.local_date, session.local_time,
        session.long,
    )  # fmt: skip


def row(**changes) -> ExportRow:
    """Return an ordinary row with ``changes``."""
    values = {
        "session_id": UUID(int=7), "started_at": datetime(2024, 3, 1, 9, tzinfo=PRAGUE), "duration_seconds": 1500,
        "duration_minutes": 25, "category": "Other", "preset": "quick_tasks", "completed": True,
        "productivity_rating": None, "task": None, "notes": None,
    }  # fmt: skip
    return ExportRow(**(values | changes))


def test_the_lines_of_an_export():
    """Times carry their offset; an absent rating and absent texts are empty cells."""
    text = (csv_header() + lines([row(), row(productivity_rating=66.67, completed=False)])).decode()
    header, first, second, rest = text.split("\r\n")
    assert header == ",".join(EXPORT_HEADER)
    assert first == (
        "00000000-0000-0000-0000-000000000007,2024-03-01T09:00:00+01:00,2024-03-01T09:25:00+01:00,1500,25,"
        "Other,quick_tasks,true,,,"
    )
    assert "false,66.67" in second
    assert rest == ""


def test_the_end_is_right_over_a_change_of_clocks():
    """Half past one plus two hours is half past four on the night when an hour is skipped."""
    line = lines(
        [row(started_at=datetime(2024, 3, 31, 1, 30, tzinfo=PRAGUE), duration_seconds=7200)]
    ).decode()
    assert "2024-03-31T04:30:00+02:00" in line


@pytest.mark.parametrize(
    "start", [datetime(1, 1, 1, tzinfo=PRAGUE), datetime(9999, 12, 31, 23, 59, tzinfo=PRAGUE)]
)
def test_what_no_calendar_holds_costs_only_itself(start):
    """A session whose start or end has no place in UTC is counted; its neighbours are written."""
    written, unwritable = csv_lines([row(), row(started_at=start, duration_seconds=7200), row()])
    assert (written, unwritable) == (lines([row(), row()]), 1)


def test_our_own_export_needs_no_scale_and_keeps_ids():
    """It is recognised by its header; ratings are 0-100 and ids come back."""
    parsed = read(csv_header() + lines([row(productivity_rating=4.0, task=HOSTILE[:200], notes=HOSTILE)]))
    (session,) = parsed.sessions
    assert parsed.own_export
    assert parsed.rating_scale == "0-100"
    assert (session.rating, session.session_id) == (4.0, UUID(int=7))
    assert (session.task, session.notes) == (HOSTILE[:200], HOSTILE)
    assert refusal(csv_header(), rating_scale="1-5").extra["problem"] == "rating_scale_conflict"


@pytest.mark.parametrize("notes", ["  padded  ", "\n", '"', "-", "# no comment", "0", ","])
def test_texts_come_back_to_the_character(notes):
    """In our own export nothing is trimmed."""
    (session,) = read(csv_header() + lines([row(notes=notes)])).sessions
    assert session.notes == notes


def test_what_the_service_accepts_can_be_restored():
    """A day-long session, which an import of a foreign file would reject, survives its own export."""
    (session,) = read(csv_header() + lines([row(duration_seconds=86_400, duration_minutes=1440)])).sessions
    assert (session.duration_minutes, session.long) == (1440, True)


def test_ids_that_cannot_be_taken_cost_their_row():
    """An id that is none, or that occurred before, is rejected."""
    three = lines([row(), row()]) + lines([row()]).replace(b"00000000-", b"0000000g-")
    assert codes(read(csv_header() + three)) == {3: "id_repeated", 4: "id_unreadable"}


def test_minutes_without_seconds_are_kept():
    """Rows that were stored in whole minutes come back with them, zero length included."""
    parsed = read(csv_header() + lines([row(duration_seconds=0, duration_minutes=1)]))
    assert [(one.duration_seconds, one.duration_minutes) for one in parsed.sessions] == [(0, 1)]


def cells(max_size: int):
    """Generate texts that a cell of a foreign file can hold, in the form in which it is read."""
    alphabet = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
    hostile = st.sampled_from(
        ["=1+1", "+1", "-1", "@x", '"', "a,b", "a;b", "a\nb", "a\r\nb", "🍅", "=cmd|' /C'!A0"]
    )
    return st.text(alphabet, max_size=max_size).map(str.strip) | hostile


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1971, 1, 1), datetime(2026, 1, 1)), st.integers(0, 43_200), cells(20), cells(20),
            cells(60), cells(60), st.sampled_from(["", "0", "55.5", "100"]), st.sampled_from(["", "no", "yes"]),
        ),
        max_size=6,
    ),
    st.sampled_from(["Europe/Prague", "UTC", "Asia/Kathmandu", "America/St_Johns"]),
)  # fmt: skip
def test_export_of_an_import_reads_as_the_same_sessions(rows, zone):
    """Whatever a foreign file held, exporting it and importing the export gives the same sessions."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["start", "duration_sec", "category", "preset", "task", "notes", "rating", "completed"])
    for start, *rest in rows:
        writer.writerow([start.isoformat(), *rest])
    place = ZoneInfo(zone)
    first = read(out.getvalue(), rating_scale="0-100", zone=place)
    again = read(exported(first.sessions, place), zone=place)
    assert first.rejected == again.rejected == []
    assert len(first.sessions) == len(rows)
    assert [content(one) for one in again.sessions] == [content(one) for one in first.sessions]
    third = read(exported(again.sessions, place), zone=place)
    assert [one.session_id for one in third.sessions] == [one.session_id for one in again.sessions]
    assert [one.import_key for one in third.sessions] == [one.import_key for one in again.sessions]
