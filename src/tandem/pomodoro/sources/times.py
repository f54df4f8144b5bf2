"""Moments as people and programs write them.

With an offset a text is an instant. Without one it is the wall clock of the user's zone: a time that the clocks
skipped in spring is moved forward by the hour that is missing, a time that occurred twice in autumn is the first
of the two (PEP 495, ``fold=0``).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from tandem.pomodoro.sources.date_order import full_year
from tandem.pomodoro.sources.reasons import CLOCK_MISSING, TIME_UNREADABLE, RowError
from tandem.pomodoro.sources.records import DateOrder

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 64
_CLOCK = (
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,6})\d*)?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_OFFSET = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_NUMERIC = re.compile(
    r"(?P<a>\d{4}|\d{1,2})(?P<mark>[./-]) ?(?P<b>\d{1,2})(?P=mark) ?(?P<c>\d{4}|\d{1,2})"
    rf"(?:(?:, ?|[ T]){_CLOCK}{_OFFSET})?",
    re.ASCII,
)
_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,? )?(?:(?P<day>\d{1,2})\.? )?(?P<month>[A-Za-z]{3,9})\.?(?: (?P<day2>\d{1,2})(?:st|nd|rd|th)?)?"
    rf",?(?: (?P<year>\d{{4}}))?,?(?: at)? {_CLOCK}(?: (?P<year2>\d{{4}}))?{_OFFSET}(?: \([A-Z]+\))?",
    re.ASCII,
)
_COMPACT = re.compile(r"(?:19|20)\d{10}(?:\d{2})?", re.ASCII)
_NUMBER = re.compile(r"(\d{9,17})(?:\.(\d{1,6})\d*)?", re.ASCII)
_CLOCK_ONLY = re.compile(rf"{_CLOCK}", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS: Final = {9: 1_000_000, 10: 1_000_000, 13: 1_000, 16: 1}
"""Microseconds in the unit of a number since 1970, by how many digits the number has.

Milliseconds before September 2001 have twelve digits, which are read as YYYYMMDDHHMM instead.
"""


class TimeReader:
    """Reads texts as instants, by the rules of one file."""

    def __init__(self, zone: tzinfo, order: Callable[[], DateOrder]) -> None:
        """Read times without an offset in ``zone``; ``order`` is asked when a day could be read in two ways."""
        self.zone = zone
        self._order = order

    def instant(self, text: str) -> datetime:
        """Return the moment that ``text`` means, aware, in UTC.

        Raises:
            RowError: it is no time, or a day without a time of day.
        """
        moment = None
        if len(text) > 10 and text[4] == "-":
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                moment = None
        try:
            if moment is None:
                moment = self._other(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self.zone)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise RowError(TIME_UNREADABLE, value=text) from error

    def _other(self, text: str) -> datetime:
        text = " ".join(text[: _LONGEST + 1].split())
        if len(text) > _LONGEST:
            raise ValueError(text)
        if match := _NUMERIC.fullmatch(text):
            return self._numeric(match)
        if _COMPACT.fullmatch(text):
            return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
        if match := _NUMBER.fullmatch(text):
            return _since_epoch(match)
        if match := _NAMED.fullmatch(text):
            return _named(match)
        if len(text) == 8 and text.isdigit():
            raise RowError(CLOCK_MISSING, value=text)
        return datetime.fromisoformat(text)

    def _numeric(self, match: re.Match[str]) -> datetime:
        first, mark, second, third, hour, *rest = match.groups()
        if len(first) == 4:
            year, month, day = first, second, third
        elif mark == "." or self._order() == "dmy":
            year, month, day = third, second, first
        else:
            year, month, day = third, first, second
        if hour is None:
            raise RowError(CLOCK_MISSING, value=match[0])
        return _moment(full_year(year), int(month), int(day), hour, *rest)


def is_clock(text: str) -> bool:
    """Tell whether ``text`` is a time of day without a day."""
    return len(text) <= _LONGEST and _CLOCK_ONLY.fullmatch(text.strip()) is not None


def _since_epoch(match: re.Match[str]) -> datetime:
    digits, fraction = match[1], match[2] or ""
    unit = _UNITS.get(len(digits))
    if unit is None:
        raise ValueError(digits)
    part = int(fraction.ljust(6, "0")) * unit // 1_000_000
    return _EPOCH + timedelta(microseconds=int(digits) * unit + part)


def _named(match: re.Match[str]) -> datetime:
    day, year = match["day"] or match["day2"], match["year"] or match["year2"]
    if day is None or year is None or (match["day"] and match["day2"]):
        raise ValueError(match[0])
    month = _MONTHS.index(match["month"][:3].lower()) + 1
    return _moment(int(year), month, int(day), *match.group("h", "m", "s", "f", "half", "zone"))


def _moment(year: int, month: int, day: int, *clock: str | None) -> datetime:
    """Put a day and the groups of a clock together; without an offset the result has no zone yet."""
    hour, minute, second, fraction, half, zone = clock
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(hour)
        hours = hours % 12 + (12 if half in "pP" else 0)
    micro = int(fraction.ljust(6, "0")) if fraction else 0
    offset = _offset(zone) if zone else None
    return datetime(year, month, day, hours, int(minute or 0), int(second or 0), micro, offset)


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if minutes > 59:
        raise ValueError(text)
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if text[0] == "-" else size)
