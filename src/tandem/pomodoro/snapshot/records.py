"""One session as the snapshot sees it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A stored session, placed on the local day on which it started.

    ``day`` is ``date.toordinal()``, ``second`` the second of that day (0-86399), ``rating`` 0-100 or None.
    """

    id: UUID
    day: int
    second: int
    preset: str
    category: str
    minutes: int
    completed: bool
    rating: float | None
    demo: bool = False
    task: str | None = None
    notes: str | None = None

    @property
    def date(self) -> date:
        """The local day."""
        return date.fromordinal(self.day)

    @property
    def hour(self) -> int:
        """The hour of the start, 0-23."""
        return self.second // 3600

    @property
    def weekday(self) -> int:
        """0 = Monday .. 6 = Sunday."""
        return weekday_of(self.day)


def weekday_of(day: int) -> int:
    """Return the weekday (0 = Monday) of a ``date.toordinal()``."""
    return (day + 6) % 7
