"""Opening hours: New York's holidays against a holiday library, lifetimes on both sides of bells and clock changes."""

import datetime as dt
from zoneinfo import ZoneInfo

import holidays
import pytest

from tandem.tokimeki.markets.hours import (
    LONGEST_SECONDS,
    NEW_YORK,
    OPEN_SECONDS,
    SETTLING_SECONDS,
    fresh_seconds,
    hours_of,
    is_open,
    new_york_holidays,
    next_opening,
    trades_on,
)

EXTRAORDINARY = {dt.date(2018, 12, 5), dt.date(2025, 1, 9), dt.date(2012, 10, 29), dt.date(2012, 10, 30)}
"""Mourning for presidents and a hurricane: no rule knows them."""


def new_york(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize("year", range(2008, 2031))
def test_new_york_against_a_holiday_library(year):
    """Every weekday without trading, and no other."""
    theirs = {
        day
        for day in holidays.financial_holidays("NYSE", years=year)
        if day.weekday() < 5 and day.year == year
    }
    assert new_york_holidays(year) == theirs - EXTRAORDINARY


@pytest.mark.parametrize(
    ("symbol", "moment", "seconds"),
    [
        ("AAPL", "2026-11-27T10:00", OPEN_SECONDS),
        ("AAPL", "2026-11-27T09:29", 60),
        ("AAPL", "2026-11-27T16:10", SETTLING_SECONDS),
        ("AAPL", "2026-11-27T17:00", LONGEST_SECONDS),  # a Friday; never longer than a day
        ("AAPL", "2026-11-29T20:00", 13.5 * 3600),
        ("AAPL", "2026-11-26T10:00", 23.5 * 3600),  # Thanksgiving
        ("AAPL", "2026-03-08T00:30", LONGEST_SECONDS),
        ("^VIX", "2026-11-27T10:00", OPEN_SECONDS),
        ("ES=F", "2026-11-27T20:00", OPEN_SECONDS),
        ("BTC-USD", "2026-11-28T20:00", OPEN_SECONDS),
        ("GAMMA.V", "2026-11-26T10:00", OPEN_SECONDS),  # Canada has another Thanksgiving
        ("7203.T", "2026-11-27T20:00", LONGEST_SECONDS),
        ("ABC.XYZ", "2026-11-27T10:00", OPEN_SECONDS),
    ],
)
def test_how_long_a_price_is_believed(symbol, moment, seconds):
    """Seconds while its market is open, else until it opens again."""
    assert fresh_seconds(symbol, new_york(moment)) == seconds


def test_the_night_in_which_the_clock_changes():
    """An hour less until the opening."""
    saturday = new_york("2026-03-07T20:00")
    assert next_opening(NEW_YORK, saturday) == new_york("2026-03-09T09:30")
    assert (next_opening(NEW_YORK, saturday) - saturday).total_seconds() == 36.5 * 3600


def test_days():
    """Weekends are closed, but not for coins."""
    sunday = dt.date(2026, 11, 29)
    assert not trades_on(NEW_YORK, sunday)
    assert trades_on(hours_of("ETH-USD"), sunday)
    assert is_open("AAPL", new_york("2026-11-27T15:59"))
    assert not is_open("AAPL", new_york("2026-11-27T16:00"))
