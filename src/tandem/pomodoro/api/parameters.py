"""Query parameters of the old service, treated as it treated them.

A value that cannot be read becomes the default, one out of range the nearest bound; either way the answer
names the parameter in ``X-Ignored-Parameters``. Parameters that are new are strict instead: 400.
"""

import datetime as dt
import math
import re
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BeforeValidator

from tandem.core import annotations
from tandem.core.errors import InvalidInputError

_INTEGER: Final = re.compile(r"\s*[+-]?\d{1,18}\s*", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

WEEKDAY_NAMES: Final = {
    name: number
    for number, names in enumerate((
        ("monday", "pondeli", "pondělí"), ("tuesday", "utery", "úterý"), ("wednesday", "streda", "středa"),
        ("thursday", "ctvrtek", "čtvrtek"), ("friday", "patek", "pátek"), ("saturday", "sobota"),
        ("sunday", "nedele", "neděle"),
    ))
    for name in names
}  # fmt: skip
"""What ``day`` may be called, in lower case; 0 = Monday."""


def tolerant_int(
    name: str, default: int | None, *, low: int | None = None, high: int | None = None, replace: bool = False
) -> BeforeValidator:
    """Read an old integer parameter; with ``replace`` a value out of range becomes the default."""

    def read(value: Any) -> int | None:
        if value is None or value == default:
            return default
        if not isinstance(value, str) or not _INTEGER.fullmatch(value):
            annotations.ignored(name)
            return default
        number = int(value)
        nearest = max(number if low is None else low, min(number, number if high is None else high))
        if nearest == number:
            return number
        annotations.ignored(name)
        return default if replace else nearest

    return BeforeValidator(read)


def tolerant_float(name: str, *, low: float, high: float) -> BeforeValidator:
    """Read an old decimal parameter; what cannot be read is left out, what is out of range becomes the nearest bound."""

    def read(value: Any) -> float | None:
        if value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number):
            annotations.ignored(name)
            return None
        nearest = max(low, min(number, high))
        if nearest != number:
            annotations.ignored(name)
        return nearest

    return BeforeValidator(read)


def weekday_number(day: str, today: int) -> int:
    """Return 0 = Monday .. 6 for a Czech or English name or "today"; anything else means today."""
    wanted = day.strip().lower()
    if wanted == "today":
        return today
    if wanted not in WEEKDAY_NAMES:
        annotations.ignored("day")
    return WEEKDAY_NAMES.get(wanted, today)


def iso_day(value: str, name: str) -> dt.date:
    """Return the date that ``value`` names; raises InvalidInputError with the reason."""
    try:
        if _DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise InvalidInputError(f"{name}: must be a date as YYYY-MM-DD")


def strict_day(value: Any) -> Any:
    """Refuse what is no date; anything but a text is left to the type."""
    # A plain number would be read as days since 1970.
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("must be a date as YYYY-MM-DD")
    return value


OptionalDay = Annotated[
    dt.date | None, BeforeValidator(strict_day), Query(description="A local day; today by default.")
]
DaysBack = Annotated[
    int,
    tolerant_int("days", 14, low=1, high=3650),
    Query(description="How many days back, today included.", examples=[14]),
]
SessionsWanted = Annotated[
    int,
    tolerant_int("sessions", 6, low=1, high=12),
    Query(description="How many sessions to place, 1-12.", examples=[4]),
]
DayName = Annotated[
    str,
    Query(description="A weekday in Czech or English, or `today`.", examples=["today", "streda", "friday"]),
]
CategoryName = Annotated[str | None, Query(max_length=100, description="Category that the session is for.")]
CurrentHour = Annotated[int | None, Query(ge=0, le=23, description="Hour to recommend for; now by default.")]
CurrentDay = Annotated[
    int | None, Query(ge=0, le=6, description="Weekday to recommend for, Monday 0; today by default.")
]
PageSize = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
