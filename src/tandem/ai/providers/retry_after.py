"""How long a provider asks to be left alone."""

import datetime as dt
import math
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 3600
"""Whole seconds; a provider cannot lock us out for longer by one header."""


def seconds(value: str | None, now: dt.datetime) -> int:
    """Return ``Retry-After`` in whole seconds, 1 to :data:`LONGEST`; 1 when it is missing or unreadable.

    ``value`` is a number of seconds or an HTTP date; ``now`` is aware.
    """
    waited = _number(value or "")
    if waited is None:
        waited = _until(value or "", now)
    return 1 if waited is None else max(1, min(LONGEST, math.ceil(waited)))


def _number(value: str) -> float | None:
    try:
        number = float(value.strip())
    except ValueError:
        return None
    return min(number, float(LONGEST)) if math.isfinite(number) else None


def _until(value: str, now: dt.datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - now).total_seconds()
