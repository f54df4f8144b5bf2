"""Stretches of time for which prices are asked: fixed days, or counted back from the last day that a source knows."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from tandem.core.errors import InvalidInputError

LONGEST_DAYS: Final = 36_525
"""A hundred years."""

_PERIOD: Final = re.compile(r"(\d{1,4})(d|wk|w|mo|m|y)", re.ASCII)
_DAYS: Final = {"d": 1.0, "w": 7.0, "wk": 7.0, "m": 30.4375, "mo": 30.4375, "y": 365.25}


@dataclass(frozen=True, slots=True)
class Recent:
    """The last ``days`` calendar days of a source; with ``this_year`` from the first of January of its last day's year."""

    days: int
    this_year: bool = False

    def first(self, as_of: dt.date) -> dt.date:
        """Return its first day, for a source whose last day is ``as_of``."""
        if self.this_year:
            return as_of.replace(month=1, day=1)
        return as_of - dt.timedelta(days=min(self.days, (as_of - dt.date.min).days))


@dataclass(frozen=True, slots=True)
class Between:
    """The days from ``first`` to ``last``, both included, taken literally."""

    first: dt.date
    last: dt.date

    @property
    def is_empty(self) -> bool:
        """Whether no day lies in it."""
        return self.last < self.first


Span = Recent | Between


def period(text: str) -> Recent:
    """Return the span that a period names: ``5d``, ``2wk``, ``3mo``, ``1y``, ``ytd``, ``max``; raises InvalidInputError."""
    wanted = text.strip().lower()
    if wanted == "max":
        return Recent(LONGEST_DAYS)
    if wanted == "ytd":
        return Recent(366, this_year=True)
    match = _PERIOD.fullmatch(wanted)
    days = round(int(match[1]) * _DAYS[match[2]]) if match else 0
    if not days:
        raise InvalidInputError("period: must be a number and d, wk, mo or y, as in 6mo; or ytd or max")
    return Recent(min(days, LONGEST_DAYS))
