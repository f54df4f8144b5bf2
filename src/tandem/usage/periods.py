"""The periods of a budget: where each begins and ends, in the zone in which days are counted."""

import datetime as dt
from typing import Final, Literal

from tandem.core.clock import local_start_of_day

Period = Literal["day", "month", "total"]

EVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""The begin of a period that never ends."""


def start_of(period: Period, now: dt.datetime) -> dt.datetime:
    """Return when the ``period`` that holds ``now`` (aware, in the zone of days) began."""
    zone = now.tzinfo
    if zone is None:
        raise ValueError("a period needs an aware moment")
    if period == "total":
        return EVER
    return local_start_of_day(now.date() if period == "day" else now.date().replace(day=1), zone)


def end_of(period: Period, now: dt.datetime) -> dt.datetime | None:
    """Return when the ``period`` that holds ``now`` ends and the next one begins, None for one that never does."""
    zone = now.tzinfo
    if zone is None:
        raise ValueError("a period needs an aware moment")
    if period == "total":
        return None
    today = now.date()
    if period == "day":
        return local_start_of_day(today + dt.timedelta(days=1), zone)
    # The 28th and four days more is in the next month, whichever month it is.
    return local_start_of_day((today.replace(day=28) + dt.timedelta(days=4)).replace(day=1), zone)
