"""Ratings are taken on the scale that was stated, and on no other."""

import pytest

from unit.pomodoro.sources.reading import codes, read, refusal


def ratings(*cells: str, scale: str | None, delimiter: str = ","):
    """Read sessions with ratings ``cells``."""
    rows = "".join(f"2024-03-01 09:00{delimiter}25{delimiter}{cell}\n" for cell in cells)
    return read(f"start{delimiter}minutes{delimiter}rating\n{rows}", rating_scale=scale)


@pytest.mark.parametrize(
    ("scale", "cells", "stored"),
    [
        ("1-5", ("1", "3", "4.5", "5"), [20, 60, 90, 100]),
        ("1-10", ("1", "7", "10"), [10, 70, 100]),
        ("0-100", ("0", "5", "66.67", "100", "80%"), [0, 5, 66.67, 100, 80]),
    ],
)
def test_scales(scale, cells, stored):
    """1-5 counts 20 a point, 1-10 counts 10, 0-100 is taken as it is: 0 is a rating and 5 is 5 %."""
    assert [one.rating for one in ratings(*cells, scale=scale).sessions] == stored


@pytest.mark.parametrize(
    ("scale", "cell"), [("1-5", "0"), ("1-5", "6"), ("1-10", "0.5"), ("0-100", "101"), ("0-100", "-1")]
)
def test_ratings_outside_the_scale_cost_their_row(scale, cell):
    """A rating that the scale cannot hold is not clamped."""
    parsed = ratings(cell, "3", scale=scale)
    assert codes(parsed) == {2: "rating_out_of_scale"}
    assert scale in parsed.rejected[0].reason
    assert len(parsed.sessions) == 1


@pytest.mark.parametrize("cell", ["good", "nan", "inf", "1e1", "★★★"])
def test_unreadable_ratings_cost_their_row(cell):
    """What is no number is no rating."""
    assert codes(ratings(cell, scale="1-5")) == {2: "rating_unreadable"}


def test_a_missing_scale_is_refused_with_the_choices():
    """The same 4 is poor on one scale and good on another, so nobody guesses."""
    error = refusal("start,minutes,Productivity\n2024-03-01 09:00,25,\n2024-03-01 10:00,25,4\n")
    assert error.extra["problem"] == "rating_scale_missing"
    assert error.extra["choices"] == ["1-5", "1-10", "0-100"]
    assert all(choice in error.message for choice in error.extra["choices"])


def test_an_empty_rating_column_needs_no_scale():
    """Without a single rating there is nothing to misread."""
    assert ratings("", "", scale=None).sessions[0].rating is None


def test_callers_that_only_count_may_ignore_ratings():
    """`ignore` reads no rating at all, whatever stands there."""
    parsed = ratings("good", "4", scale="ignore")
    assert [one.rating for one in parsed.sessions] == [None, None]
    assert parsed.rating_scale is None


def test_unknown_scales_are_refused():
    """Only the three scales exist."""
    error = refusal("start,minutes\n2024-03-01 09:00,25\n", rating_scale="1-7")
    assert error.extra["choices"] == ["1-5", "1-10", "0-100"]


def test_decimal_commas_in_ratings():
    """In files with semicolons 4,5 is four and a half."""
    assert ratings("4,5", scale="1-5", delimiter=";").sessions[0].rating == 90
