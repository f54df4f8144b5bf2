"""When exchanges trade, as far as it decides how long a price stays true.

New York's holidays are computed from the exchange's rules, checked in tests against a holiday library; half days count as
whole ones, and a day that was closed for a one-off reason counts as open. Exchanges elsewhere are known by zone and
hours alone, without holidays. An error here asks a source more often than needed, or gives a price that is a few
seconds older; it never changes a price.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

OPEN_SECONDS: Final = 10.0
"""How long a price is believed while its market is open."""
SETTLING_SECONDS: Final = 60.0
"""The same in the half hour after the close, in which last prices are corrected."""
SETTLING: Final = dt.timedelta(minutes=30)
LONGEST_SECONDS: Final = 86_400.0
"""Dividends change adjusted prices of the past, so nothing is believed for longer than a day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Local trading hours of one exchange; ``holidays`` whether it keeps New York's."""

    zone: ZoneInfo
    opens: dt.time
    closes: dt.time
    holidays: bool = False
    every_day: bool = False


NEW_YORK: Final = Hours(ZoneInfo("America/New_York"), dt.time(9, 30), dt.time(16), holidays=True)
_FUTURES: Final = Hours(ZoneInfo("America/New_York"), dt.time(0), dt.time(23, 59))
_CURRENCIES: Final = Hours(ZoneInfo("Europe/London"), dt.time(0), dt.time(23, 59))
_COINS: Final = Hours(ZoneInfo("UTC"), dt.time(0), dt.time(23, 59), every_day=True)
_ELSEWHERE: Final = Hours(ZoneInfo("UTC"), dt.time(0), dt.time(23, 59))
_BY_SUFFIX: Final = {
    "TO": Hours(ZoneInfo("America/Toronto"), dt.time(9, 30), dt.time(16)),
    "V": Hours(ZoneInfo("America/Toronto"), dt.time(9, 30), dt.time(16)),
    "L": Hours(ZoneInfo("Europe/London"), dt.time(8), dt.time(16, 35)),
    "DE": Hours(ZoneInfo("Europe/Berlin"), dt.time(9), dt.time(17, 40)),
    "F": Hours(ZoneInfo("Europe/Berlin"), dt.time(8), dt.time(20)),
    "PA": Hours(ZoneInfo("Europe/Paris"), dt.time(9), dt.time(17, 40)),
    "AS": Hours(ZoneInfo("Europe/Amsterdam"), dt.time(9), dt.time(17, 40)),
    "MI": Hours(ZoneInfo("Europe/Rome"), dt.time(9), dt.time(17, 45)),
    "SW": Hours(ZoneInfo("Europe/Zurich"), dt.time(9), dt.time(17, 45)),
    "PR": Hours(ZoneInfo("Europe/Prague"), dt.time(9), dt.time(16, 30)),
    "T": Hours(ZoneInfo("Asia/Tokyo"), dt.time(9), dt.time(15, 30)),
    "HK": Hours(ZoneInfo("Asia/Hong_Kong"), dt.time(9, 30), dt.time(16, 10)),
    "AX": Hours(ZoneInfo("Australia/Sydney"), dt.time(10), dt.time(16, 15)),
}


def hours_of(symbol: str) -> Hours:
    """Return the hours of the market in which ``symbol`` is traded."""
    if symbol.endswith("=F"):
        return _FUTURES
    if symbol.endswith("=X"):
        return _CURRENCIES
    if symbol.endswith(("-USD", "-EUR")):
        return _COINS
    _, dot, suffix = symbol.rpartition(".")
    return _BY_SUFFIX.get(suffix, _ELSEWHERE) if dot else NEW_YORK


def fresh_seconds(symbol: str, now: dt.datetime) -> float:
    """Return for how long what a source says at ``now`` (aware) about its newest price stays true.

    Seconds while the market is open; until its next opening when it is closed.
    """
    hours = hours_of(symbol)
    local = now.astimezone(hours.zone)
    if trades_on(hours, local.date()):
        if hours.opens <= local.time() < hours.closes:
            return OPEN_SECONDS
        if (
            dt.timedelta()
            <= local - local.replace(hour=hours.closes.hour, minute=hours.closes.minute)
            < SETTLING
        ):
            return SETTLING_SECONDS
    return min(LONGEST_SECONDS, max(OPEN_SECONDS, (next_opening(hours, local) - local).total_seconds()))


def is_open(symbol: str, now: dt.datetime) -> bool:
    """Return whether the market of ``symbol`` trades at ``now`` (aware)."""
    hours = hours_of(symbol)
    local = now.astimezone(hours.zone)
    return trades_on(hours, local.date()) and hours.opens <= local.time() < hours.closes


def next_opening(hours: Hours, local: dt.datetime) -> dt.datetime:
    """Return the first opening after ``local``, which is in the market's own zone."""
    day = local.date()
    for _ in range(14):
        opening = dt.datetime.combine(day, hours.opens, local.tzinfo)
        if opening > local and trades_on(hours, day):
            # Through UTC: between two local times of one zone the clock may have been changed.
            return opening.astimezone(dt.UTC)
        day += dt.timedelta(days=1)
    raise AssertionError("no exchange is closed for two weeks")


def trades_on(hours: Hours, day: dt.date) -> bool:
    """Return whether the exchange trades on ``day``."""
    if hours.every_day:
        return True
    return day.weekday() < 5 and not (hours.holidays and day in new_york_holidays(day.year))


@lru_cache(maxsize=64)
def new_york_holidays(year: int) -> frozenset[dt.date]:
    """Return the weekdays of ``year`` (from 1998 on) on which the exchanges of New York are closed by rule."""
    days = {
        _weekday(year, 2, 0, 3), _easter(year) - dt.timedelta(days=2), _weekday(year, 9, 0, 1),
        _weekday(year, 11, 3, 4), _weekday(year, 1, 0, 3),
    }  # fmt: skip
    last_of_may = dt.date(year, 5, 31)
    days.add(last_of_may - dt.timedelta(days=last_of_may.weekday()))
    fixed = [(7, 4), (12, 25)] + ([(6, 19)] if year >= 2022 else [])
    days |= {_observed(dt.date(year, month, day)) for month, day in fixed}
    new_year = dt.date(year, 1, 1)
    if new_year.weekday() != 5:  # a Saturday's New Year is not moved into the old year
        days.add(_observed(new_year))
    return frozenset(days)


def _weekday(year: int, month: int, weekday: int, which: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def _observed(day: dt.date) -> dt.date:
    return day + dt.timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _easter(year: int) -> dt.date:
    """Return Easter Sunday, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)
