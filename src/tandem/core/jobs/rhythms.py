"""When something that repeats is due, as pure calculations on the calendar."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Every:
    """Once in each period, counted from 1970, so that all workers agree."""

    period: dt.timedelta

    def latest(self, now: dt.datetime) -> dt.datetime:
        """Return the beginning of the period that holds ``now``."""
        seconds = self.period.total_seconds()
        return dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, dt.UTC)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a time on the wall clock of ``zone``.

    A time that the change to summer time skips is made up for right after the gap; one that happens twice counts the first
    time. So there is exactly one moment for each date.
    """

    at: dt.time
    zone: dt.tzinfo

    def latest(self, now: dt.datetime) -> dt.datetime:
        """Return the last moment up to ``now``, in UTC."""
        today = now.astimezone(self.zone).date()
        moment = self._on(today)
        return moment if moment <= now else self._on(today - dt.timedelta(days=1))

    def _on(self, day: dt.date) -> dt.datetime:
        # A wall clock time that does not exist is read with the offset from before the gap, and so falls after it.
        return dt.datetime.combine(day, self.at.replace(fold=0), self.zone).astimezone(dt.UTC)


Rhythm = Every | Daily
