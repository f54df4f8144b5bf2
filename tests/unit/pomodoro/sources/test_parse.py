"""Whole files: garbage, real logs, speed and bounds."""

import random
import time
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources import records
from tandem.pomodoro.sources.export import EXPORT_HEADER
from tandem.pomodoro.sources.parse import parse
from unit.pomodoro.sources.reading import NOW, PRAGUE, codes, read, real_log, refusal

FORMATS = st.sampled_from(["auto", "csv", "toggl", "timestamps"])
SCALES = st.sampled_from([None, "1-5", "1-10", "0-100", "ignore"])
HEADERS = st.sampled_from(
    ["start,end", "start;minutes;rating", "date,time,duration", "Email,Start date,Start time,Duration", "finished,from",
     ",".join(EXPORT_HEADER), "date,start,end,end date"],
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    ["2024-03-01", "09:00", "2024-03-01T09:00:00+0100", "1709280000", "9999-12-31T23:59:59Z", "9999-12-31 23:59",
     "0001-01-01 00:00", "31.12.9999 23:59", "03/04/2024 9:00", "13/04/24 9:00", "00:00", "-1", "1e999", "PT9999999H",
     "9" * 14, '"', '""', "\x00", "=1", ",", ";", "\t", "\n", "\r\n", "\r", " ", "\u2028", "\x85", "\x1c", "ř", "1,5",
     "25", "true", "100", "00000000-0000-0000-0000-000000000001"],
)  # fmt: skip


def checked(data: bytes, kind: str, scale: str | None) -> None:
    """Parse ``data``; what comes out must keep its promises."""
    try:
        parsed = read(data, format=kind, rating_scale=scale)
    except InvalidInputError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert isinstance(refused.extra["problem"], str)
        assert refused.message.endswith(".")
        return
    counts = parsed.counts
    assert counts.rows_read == len(parsed.sessions) + counts.rejected + counts.joined
    for one in parsed.sessions:
        assert 1 <= one.duration_minutes <= (1440 if parsed.own_export else 720)
        assert one.started_at <= NOW
        assert one.rating is None or 0 <= one.rating <= 100
        assert len(one.category) <= 100
        assert len(one.preset) <= 50
        assert len(one.task or "") <= 200
        assert "\x00" not in f"{one.category}{one.preset}{one.task}{one.notes}"
    assert len({one.import_key for one in parsed.sessions}) == len(parsed.sessions)
    assert all(bad.reason and bad.row.isprintable() for bad in parsed.rejected)


@given(st.binary(max_size=400), FORMATS, SCALES)
def test_arbitrary_bytes_are_read_or_refused(data, kind, scale):
    """Whatever the bytes, there is a result or a refusal with a reason."""
    checked(data, kind, scale)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    HEADERS,
    st.lists(FRAGMENTS | st.text(max_size=6), max_size=30),
    FORMATS,
    SCALES,
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_hostile_tables_are_read_or_refused(header, fragments, kind, scale, encoding):
    """So it is for files that look like tables, which reach much deeper."""
    text = f"{header}\n{''.join(fragments)}"
    checked(text.encode(encoding, errors="replace"), kind, scale)


def test_nobody_can_make_an_import_grow_without_bound(monkeypatch):
    """More rows than are allowed are refused, good and bad ones alike."""
    monkeypatch.setattr("tandem.pomodoro.sources.collecting.MAX_ROWS", 50)
    assert len(read("start,minutes\n" + "2024-03-01 09:00,25\n" * 50).sessions) == 50
    assert refusal("start,minutes\n" + "2024-03-01 09:00,25\n" * 51).extra["problem"] == "too_many_rows"
    assert refusal("start,minutes\n" + "x,25\n" * 51).extra["problem"] == "too_many_rows"


def test_progress_is_told():
    """It never goes back, and ends with all of the file."""
    seen: list[tuple[int, int]] = []
    text = "start,minutes\n" + "2024-03-01 09:00,25\n" * 5000
    read(text, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert seen[-1] == (len(text), len(text))


@pytest.mark.parametrize(
    ("name", "rows", "first", "last"),
    [
        ("coveragepy_sessions.csv", 3714, "2009-03-05", "2025-11-15"),
        ("fzf_sessions.csv", 2067, "2013-10-23", "2026-08-21"),
        ("pomodoro_timer_2017.csv", 148, "2017-01-25", "2017-02-03"),
        ("toggl_student_2021_2022.csv", 1358, "2021-09-11", "2022-10-28"),
    ],
)
def test_real_logs_are_read_without_a_loss(name, rows, first, last):
    """Every row of four real logs is a session; nothing is rejected."""
    parsed = parse(real_log(name), zone=PRAGUE, now=NOW)
    assert codes(parsed) == {}
    assert len(parsed.sessions) == rows
    days = sorted(one.local_date.isoformat() for one in parsed.sessions)
    assert abs((datetime.fromisoformat(days[0]) - datetime.fromisoformat(first)).days) <= 1
    assert abs((datetime.fromisoformat(days[-1]) - datetime.fromisoformat(last)).days) <= 1
    assert len({one.import_key for one in parsed.sessions}) == rows


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_quickly():
    """The parsing takes a small part of the 15 s that an import may take."""
    draw = random.Random(1)
    start = datetime(2010, 1, 1, 8)
    lines = ["start,end,category,task,notes,rating"]
    for number in range(100_000):
        start += timedelta(minutes=draw.randint(20, 120))
        end = start + timedelta(minutes=draw.randint(1, 90))
        lines.append(
            f'{start.isoformat()}+02:00,{end.isoformat()}+02:00,Learning,task {number},"some, note",{number % 5 + 1}'
        )
    data = "\n".join(lines).encode()
    begun = time.process_time()
    parsed = parse(data, rating_scale="1-5", zone=PRAGUE, now=NOW)
    assert len(parsed.sessions) == 100_000
    assert time.process_time() - begun < 8
    assert records.MAX_ROWS > 100_000
