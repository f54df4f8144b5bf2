"""The fixed days that a question names: "in 2012", "from March to May 2012", "since 2010-05-01", "on 3 May 2012", "in Q2 2011",
"the first half of 2012", "the last two weeks of May 2012".

Of 5/3/2012 the first number is the month, as on the exchanges that are asked about, unless only the other reading exists.
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from tandem.tokimeki.markets.spans import Between
from tandem.tokimeki.markets.spoken_period import NUMBER, number_of

EARLIEST: Final = dt.date(1900, 1, 1)
"""Where "before 2005" begins."""

_MONTHS: Final = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_MONTH: Final = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR: Final = r"(?:19|20)\d\d\b"
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?\b"

_THE: Final = r"(?:the\s+)?"
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_WHOLE: Final = "|".join(
    [
        r"(?:19|20)\d\d-\d{1,2}-\d{1,2}\b",
        r"(?:19|20)\d\d/\d{1,2}/\d{1,2}\b",
        rf"\d{{1,2}}/\d{{1,2}}/{_YEAR}",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_MONTH}\s+(?:of\s+)?{_YEAR}",
        r"(?:19|20)\d\d-\d{2}\b(?!-)",
        rf"q[1-4]\s*(?:of\s+|/)?{_YEAR}",
        rf"(?:first|second|third|fourth|last|1st|2nd|3rd|4th)\s+(?:quarter|half)\s+(?:of\s+)?{_THE}(?:year\s+)?{_YEAR}",
        _YEAR,
    ]
)
"""A day, month, quarter, half or year; from the most to the least exact."""
_PARTIAL: Final = "|".join([rf"{_DAY}\s+(?:of\s+)?{_MONTH}", rf"{_MONTH}\s+{_DAY}", _MONTH, r"q[1-4]\b"])
"""What takes its year from the end of a range."""

_RANGE: Final = re.compile(
    rf"(?<![\w$€£.,/-]){_THE}(?P<first>{_WHOLE}|{_PARTIAL})\s*(?:-|–|—|\b(?:to|until|till|through|thru|and)\b)\s*{_THE}"
    rf"(?P<last>{_WHOLE})(?![\w,.-]*\d)",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    rf"\b(?P<how>since|after|from|before|until|till|up\s+to)\s+{_THE}(?P<point>{_WHOLE})(?![\w,.-]*\d)",
    re.IGNORECASE,
)
_WITHIN: Final = re.compile(
    rf"\b(?:in|during|on|for|of|over|throughout|through|year|at)\s+{_THE}(?:year\s+)?(?P<point>{_WHOLE})(?![\w,.-]*\d)"
    rf"|(?<![\w$€£.,/-])(?P<bare>{_WHOLE})(?=\s*(?:[?!.;)]|$))"
    rf"|(?<![\w$€£.,/-])(?P<of>{_WHOLE})(?=\s+(?:(?:stock|share|market)\s+)?(?:performance|prices?|returns?|chart|volatility|trend)\b)",
    re.IGNORECASE,
)
_EDGE: Final = re.compile(
    rf"\b(?P<edge>first|last|final)\s+(?:{NUMBER}\s+)?(?:trading\s+)?(?P<unit>day|week|month)s?\s+(?:of|in)\s+{_THE}(?:year\s+)?$",
    re.IGNORECASE,
)
"""What cuts a stretch to its beginning or end, before it: "the last two weeks of"."""
_COUNTED: Final = re.compile(
    r"\s+(?:shares?|stocks?|dollars?|usd|euros?|points?|percent)\b|\s*%", re.IGNORECASE
)
"""What makes a year a number: "of 2000 shares"."""


_LONGEST_EDGE: Final = 60
"""Characters before a stretch that are looked at for it."""


@dataclass(frozen=True, slots=True)
class _Point:
    first: dt.date
    last: dt.date


def spoken_dates(text: str, today: dt.date) -> Between | None:
    """Return the days that ``text`` names, taken literally; None if it names none.

    "since" and "from" without an end go on until ``today``. A day that no calendar has (2012-02-31) is none, and so is
    a number that only looks like a year ("2000 shares").
    """
    for match in _RANGE.finditer(text):
        last = _point(match["last"])
        # The first end may leave the year to the second one.
        first = last and (_point(match["first"]) or _point(f"{match['first']} {last.last.year}"))
        if first and last and first.first <= last.last and not _is_amount(match["last"], text, match.end()):
            return Between(first.first, last.last)
    for match in _OPEN.finditer(text):
        point = _point(match["point"])
        if point and not _is_amount(match["point"], text, match.end()):
            return _opened(match["how"].lower(), point, today)
    for match in _WITHIN.finditer(text):
        point = _point(match["point"] or match["bare"] or match["of"])
        if point and (match["of"] or not _is_amount(match["point"] or match["bare"], text, match.end())):
            start = next(match.start(name) for name in ("point", "bare", "of") if match[name])
            return _edge(text[:start], Between(point.first, point.last))
    return None


def _edge(before: str, whole: Between) -> Between:
    """Return the part of ``whole`` that the words ``before`` it cut out: whole calendar months, weeks of seven days."""
    match = _EDGE.search(before[-_LONGEST_EDGE:])
    if match is None:
        return whole
    count = 1 if match["count"] is None else number_of(match["count"].lower())
    at_start, unit = match["edge"].lower() == "first", match["unit"].lower()
    if count < 1:
        return whole
    if unit == "month":
        first, last = whole.first.replace(day=1), whole.last
        months = count - 1
        if at_start:
            year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
            return Between(whole.first, min(_end(year, month + 1), last)) if year < dt.MAXYEAR else whole
        year, month = divmod(last.year * 12 + last.month - 1 - months, 12)
        return Between(max(dt.date(year, month + 1, 1), whole.first), last) if year > 0 else whole
    days = dt.timedelta(days=(7 if unit == "week" else 1) * count - 1)
    if days > whole.last - whole.first:
        return whole
    return Between(whole.first, whole.first + days) if at_start else Between(whole.last - days, whole.last)


def _is_amount(point: str, text: str, end: int) -> bool:
    """Return whether what looks like a year counts something; a month or a day beside it leaves no doubt."""
    return point.isdecimal() and _COUNTED.match(text, end) is not None


def _opened(how: str, point: _Point, today: dt.date) -> Between:
    day = dt.timedelta(days=1)
    if how in {"since", "from"}:
        return Between(point.first, today)
    if how == "after":
        return Between(point.last + day, today)
    return Between(EARLIEST, point.first - day if how == "before" else point.last)


def _point(text: str) -> _Point | None:
    """Return the stretch that one point names, None for what no calendar has and for one without a year."""
    if re.search(_YEAR, text) is None:
        return None
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = next((_MONTHS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _MONTHS), None)
    try:
        if text[:1] in "qQ":
            quarter, year = numbers
            return _part(year, quarter, 3)
        part = re.match(r"(\w+)\s+(quarter|half)\b", text.lower())
        if part is not None:
            months = 3 if part[2] == "quarter" else 6
            return _part(numbers[-1], _ORDINALS.get(part[1], 12 // months), months)
        if month is None:
            return _numbered(_year_first(numbers))
        *days, year = numbers
        return _day(year, month, days[0]) if days else _Point(dt.date(year, month, 1), _end(year, month))
    except ValueError:
        return None


def _year_first(numbers: list[int]) -> list[int]:
    """Return year, month and day of ``5/3/2012`` too."""
    if len(numbers) < 3 or numbers[0] > 31:
        return numbers
    month, day, year = numbers
    return [year, month, day] if month <= 12 else [year, day, month]


def _numbered(numbers: list[int]) -> _Point:
    year, *rest = numbers
    if not rest:
        return _Point(dt.date(year, 1, 1), dt.date(year, 12, 31))
    if len(rest) == 1:
        return _Point(dt.date(year, rest[0], 1), _end(year, rest[0]))
    return _day(year, *rest)


def _day(year: int, month: int, day: int) -> _Point:
    found = dt.date(year, month, day)
    return _Point(found, found)


def _part(year: int, number: int, months: int) -> _Point:
    return _Point(dt.date(year, months * (number - 1) + 1, 1), _end(year, months * number))


def _end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])
