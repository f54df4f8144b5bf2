"""Whether 03/04/2024 is the third of April or the fourth of March: decided once for a whole file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.reasons import excerpt
from tandem.pomodoro.sources.records import DateOrder

_NUMERIC_DAY = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)", re.ASCII)
_TWELVE_HOURS = re.compile(r"\d\s*[ap]\.?m\b", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class _Evidence:
    day_first: str | None = None
    month_first: str | None = None
    undecided: str | None = None
    twelve_hours: bool = False
    in_future: set[DateOrder] = field(default_factory=set)


def decide_order(values: Iterable[str], now: datetime) -> DateOrder:
    """Return the one order in which all ``values`` can be read.

    A first number above 12 means day first, a second one above 12 month first. Where neither occurs, a clock
    with AM and PM means month first, and an order that puts a day after tomorrow cannot be meant.

    Raises:
        InvalidInputError: both orders occur, or nothing tells them apart. Guessing would move sessions by
            months without anybody noticing.
    """
    seen = _gather(values, (now + timedelta(days=1)).date())
    if seen.day_first and seen.month_first:
        raise InvalidInputError(
            f"The file mixes days that begin with the day (“{seen.day_first}”) and with the month "
            f"(“{seen.month_first}”). Write them as YYYY-MM-DD.",
            problem="mixed_date_order",
            examples=[seen.day_first, seen.month_first],
        )
    if seen.day_first or seen.month_first or not seen.undecided:
        return "mdy" if seen.month_first else "dmy"
    if len(seen.in_future) == 1:
        return "mdy" if "dmy" in seen.in_future else "dmy"
    if seen.twelve_hours:
        return "mdy"
    raise InvalidInputError(
        f"Nothing in the file tells whether “{seen.undecided}” begins with the day or with the month. "
        "Write the days as YYYY-MM-DD.",
        problem="ambiguous_date_order",
        example=seen.undecided,
        choices=["dmy", "mdy"],
    )


def _gather(values: Iterable[str], latest: date) -> _Evidence:
    seen, known = _Evidence(), set[str]()
    for value in values:
        match = _NUMERIC_DAY.match(value)
        if match is None:
            continue
        seen.twelve_hours = seen.twelve_hours or _TWELVE_HOURS.search(value) is not None
        if match[0] in known:
            continue
        known.add(match[0])
        first, second, year = int(match[1]), int(match[3]), full_year(match[4])
        as_dmy, as_mdy = _day(year, second, first), _day(year, first, second)
        if as_dmy and not as_mdy:
            seen.day_first = seen.day_first or excerpt(value.strip(), 40)
        elif as_mdy and not as_dmy:
            seen.month_first = seen.month_first or excerpt(value.strip(), 40)
        elif as_dmy and as_mdy and as_dmy != as_mdy:
            seen.undecided = seen.undecided or excerpt(value.strip(), 40)
            readings: tuple[tuple[DateOrder, date], ...] = (("dmy", as_dmy), ("mdy", as_mdy))
            seen.in_future |= {order for order, day in readings if day > latest}
    return seen


def full_year(digits: str) -> int:
    """Return the year that two or four ``digits`` mean; two belong to this century."""
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
