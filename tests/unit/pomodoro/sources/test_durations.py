"""Durations in every column and spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.pomodoro.sources.durations import duration_seconds
from tandem.pomodoro.sources.reasons import RowError
from unit.pomodoro.sources.reading import one


@pytest.mark.parametrize(
    ("column", "cell", "seconds"),
    [
        ("duration", "25", 1500),
        ("duration", "0:25", 1500),
        ("duration", "01:30", 5400),
        ("duration", "00:25:30", 1530),
        ("duration", "25.5", 1530),
        ("duration", "PT25M", 1500),
        ("duration", "PT1H5M10S", 3910),
        ("duration", "1h 25m", 5100),
        ("duration", "25 min", 1500),
        ("duration", "90s", 90),
        ("duration_min", "25", 1500),
        ("duration_min", "25:30", 1530),
        ("minutes", "60.0", 3600),
        ("Minutes", "0.5", 30),
        ("duration_sec", "1445", 1445),
        ("seconds", "90", 90),
        ("Duration (sec)", "90", 90),
        ("seconds", "01:30", 90),
        ("seconds", "1445.5", 1446),
        ("Duration (h)", "01:15:00", 4500),
        ("Duration (decimal)", "1.25", 4500),
        ("hours", "1.5", 5400),
        ("duration_ms", "1500000", 1500),
        ("délka", "25", 1500),
    ],
)
def test_columns_and_spellings(column, cell, seconds):
    """The name of the column gives the unit; colons, words and ISO 8601 speak for themselves."""
    assert one(f"start,{column}\n2024-03-01 09:00,{cell}\n").duration_seconds == seconds


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas_where_the_comma_does_not_delimit(delimiter):
    """In files with semicolons or tabs 1,5 minutes are ninety seconds."""
    text = delimiter.join(("start", "minutes")) + "\n" + delimiter.join(("2024-03-01 09:00", "1,5")) + "\n"
    assert one(text).duration_seconds == 90


@pytest.mark.parametrize(
    "cell", ["soon", "1,500", "nan", "inf", "1e3", "1_000", "1:99", "::", "P", "PT", "9" * 300, "h"]
)
def test_what_is_no_duration_is_rejected(cell):
    """Python's own notion of a number is wider than anything a person means by one."""
    with pytest.raises(RowError) as caught:
        duration_seconds(cell, "minutes")
    assert caught.value.reason.code == "duration_unreadable"


def test_negative_durations_are_rejected():
    """A negative duration has a reason of its own."""
    with pytest.raises(RowError) as caught:
        duration_seconds("-5", "minutes")
    assert caught.value.reason.code == "duration_negative"


@given(st.text(), st.sampled_from(["seconds", "minutes", "hours", "milliseconds", "unstated"]), st.booleans())
def test_any_text_is_a_duration_or_a_rejection(text, unit, comma):
    """Whatever comes out is a whole number of seconds and not negative."""
    try:
        seconds = duration_seconds(text, unit, decimal_comma=comma)
    except RowError:
        return
    assert isinstance(seconds, int)
    assert seconds >= 0


@given(st.integers(0, 43_200))
def test_clock_notation_is_exact(seconds):
    """HH:MM:SS gives back every second."""
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    assert duration_seconds(text, "unstated") == seconds
