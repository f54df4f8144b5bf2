"""The one place where time comes from, so that tests can hold it still."""

import time
from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal import get_localzone_name

from tandem.core.errors import ConfigurationError


class Clock(Protocol):
    """What a service may ask of time."""

    @property
    def zone(self) -> tzinfo:
        """The zone in which days begin and hours are counted."""

    def now(self) -> datetime:
        """The current moment, aware, in :attr:`zone`."""

    def timestamp(self) -> float:
        """The current moment in seconds since the epoch; cheaper than :meth:`now`."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, never going back."""


class SystemClock:
    """The machine's clock, read in one zone."""

    def __init__(self, zone: tzinfo) -> None:
        """Read the system clock in ``zone``."""
        self._zone = zone

    @property
    def zone(self) -> tzinfo:
        """The zone in which days begin and hours are counted."""
        return self._zone

    def now(self) -> datetime:
        """The current moment, aware, in :attr:`zone`."""
        return datetime.now(self._zone)

    # Asked several times with every request: the machine's own functions, without one of ours around them.
    timestamp = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class FixedClock:
    """A clock that moves only when told to; for tests and replays."""

    def __init__(self, moment: datetime) -> None:
        """Stand at ``moment``, which must be aware."""
        if moment.tzinfo is None:
            raise ValueError("a fixed clock needs an aware moment")
        self._moment = moment
        self._zone = moment.tzinfo
        self._elapsed = 0.0

    @property
    def zone(self) -> tzinfo:
        """The zone of the moment that the clock was set to."""
        return self._zone

    def now(self) -> datetime:
        """The moment that the clock stands at."""
        return self._moment

    def timestamp(self) -> float:
        """The moment that the clock stands at, in seconds since the epoch."""
        return self._moment.timestamp()

    def monotonic(self) -> float:
        """Seconds that the clock was moved since it was made."""
        return self._elapsed

    def move(self, by: timedelta) -> None:
        """Go forward by ``by``."""
        self._moment += by
        self._elapsed += by.total_seconds()


def zone_named(name: str) -> ZoneInfo:
    """Return the IANA zone called ``name``; raises ConfigurationError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"unknown time zone {name!r}; TANDEM_TIMEZONE takes an IANA name such as Europe/Prague"
        ) from error


def machine_zone_name() -> str:
    """Return the IANA name of this machine's own zone, ``UTC`` where it cannot be told."""
    try:
        return str(get_localzone_name() or "UTC")
    except (ZoneInfoNotFoundError, LookupError, OSError, ValueError):
        return "UTC"


def local_start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of ``day`` in ``zone`` (midnight, or later where midnight does not exist)."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
