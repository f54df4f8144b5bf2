"""03/04/2024 is read in one way throughout a file, or not at all."""

from datetime import date

import pytest

from unit.pomodoro.sources.reading import read, refusal


def days(*texts: str, **options) -> list[date]:
    """Read sessions that start at ``texts``."""
    rows = "".join(f"{text},25\n" for text in texts)
    return [one.local_date for one in read(f"start,minutes\n{rows}", **options).sessions]


def test_a_number_above_twelve_decides_for_the_whole_file():
    """One row whose day cannot be a month settles all the others, also those before it."""
    assert days("03/04/2024 09:00", "13/04/2024 09:00") == [date(2024, 4, 3), date(2024, 4, 13)]
    assert days("03/04/2024 09:00", "04/13/2024 09:00") == [date(2024, 3, 4), date(2024, 4, 13)]


def test_a_twelve_hour_clock_means_month_first():
    """AM and PM are written where the month comes first."""
    assert days("03/04/2024 09:00 AM", "03/05/2024 01:00 PM") == [date(2024, 3, 4), date(2024, 3, 5)]


def test_an_order_that_leads_into_the_future_is_not_meant():
    """Read with the day first, 11/12/2026 would be in December, three weeks ahead."""
    assert days("11/12/2026 09:00") == [date(2026, 11, 12)]
    assert days("12/11/2026 09:00") == [date(2026, 11, 12)]


def test_equal_numbers_need_no_order():
    """5/5 is the same day either way."""
    assert days("05/05/2024 09:00") == [date(2024, 5, 5)]


def test_undecidable_files_are_refused_with_the_choices():
    """Nothing tells the order: the file is refused, and stating the order helps."""
    error = refusal("start,minutes\n03/04/2024 09:00,25\n")
    assert error.extra["problem"] == "ambiguous_date_order"
    assert error.extra["choices"] == ["dmy", "mdy"]
    assert "03/04/2024" in error.message
    assert days("03/04/2024 09:00", date_order="dmy") == [date(2024, 4, 3)]
    assert days("03/04/2024 09:00", date_order="mdy") == [date(2024, 3, 4)]


@pytest.mark.parametrize("column", ["start", "end"])
def test_mixed_orders_are_refused(column):
    """A file that uses both orders is never mixed silently, whichever column shows it."""
    rows = {
        "start": "13/04/2024 09:00,2024-04-13 10:00\n04/14/2024 09:00,2024-04-14 10:00\n",
        "end": "2024-04-13 09:00,13/04/2024 10:00\n2024-04-14 09:00,04/14/2024 10:00\n",
    }[column]
    error = refusal(f"start,end\n{rows}")
    assert error.extra["problem"] == "mixed_date_order"
    assert len(error.extra["examples"]) == 2


def test_the_order_is_found_in_timestamps_too():
    """A list of times is looked through in the same way."""
    parsed = read("03/04/2024 09:00\n25/04/2024 09:00\n")
    assert parsed.format == "timestamps"
    assert [one.local_date for one in parsed.sessions] == [date(2024, 4, 3), date(2024, 4, 25)]


def test_a_day_that_does_not_exist_is_no_evidence():
    """A mistyped 31/31 is rejected as a row and decides nothing."""
    parsed = read("start,minutes\n31/31/2024 09:00,25\n13/04/2024 09:00,25\n")
    assert [bad.code for bad in parsed.rejected] == ["time_unreadable"]
    assert parsed.sessions[0].local_date == date(2024, 4, 13)
