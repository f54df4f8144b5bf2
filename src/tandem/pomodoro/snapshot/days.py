"""One person's calendar: what was done on each day, days without a session included."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot.columns import Rows

SESSIONS: Final = 0
"""Index of: completed sessions of the day."""
MINUTES: Final = 1
"""Index of: minutes of those sessions."""
DAY_RATED: Final = 2
"""Index of: how many of them carry a rating."""
DAY_RATING_SUM: Final = 3
"""Index of: the sum of those ratings."""

_WIDTH: Final = 4
_ROOM: Final = 366


class DaySeries:
    """Sums per calendar day from the first to the last day with a completed session."""

    def __init__(self, rows: Rows) -> None:
        """Sum the completed sessions among ``rows``."""
        done = rows.only(rows.completed)
        self._origin = int(done.day.min()) if len(done) else 0
        span = int(done.day.max()) - self._origin + 1 if len(done) else 0
        self._table = np.zeros((span, _WIDTH))
        if span:
            at = (done.day - self._origin).astype(np.intp)
            rated = done.rated.astype(np.float64)
            rating = np.where(rated > 0, done.rating, 0.0)
            weights = np.stack([np.ones(len(done)), done.minutes.astype(np.float64), rated, rating])
            for column in range(_WIDTH):
                self._table[:, column] = np.bincount(at, weights=weights[column], minlength=span)

    @property
    def nbytes(self) -> int:
        """Size in memory, bytes."""
        return self._table.nbytes

    @property
    def first(self) -> int | None:
        """Ordinal of the first day with a completed session, None without any."""
        active = np.flatnonzero(self._table[:, SESSIONS])
        return self._origin + int(active[0]) if len(active) else None

    @property
    def last(self) -> int | None:
        """Ordinal of the last day with a completed session, None without any."""
        active = np.flatnonzero(self._table[:, SESSIONS])
        return self._origin + int(active[-1]) if len(active) else None

    @property
    def active_days(self) -> int:
        """On how many days at least one session was completed."""
        return int(np.count_nonzero(self._table[:, SESSIONS]))

    def window(self, first: int, last: int) -> NDArray[np.float64]:
        """Return the days ``first`` to ``last`` (ordinals, both included); shape (days, 4), zeros outside."""
        length = max(0, last - first + 1)
        out = np.zeros((length, _WIDTH))
        low = max(first, self._origin)
        high = min(last, self._origin + len(self._table) - 1)
        if low <= high:
            out[low - first : high - first + 1] = self._table[low - self._origin : high - self._origin + 1]
        return out

    def active_ordinals(self) -> NDArray[np.int64]:
        """Return the ordinals of all days with a completed session, ascending."""
        return np.flatnonzero(self._table[:, SESSIONS]) + self._origin

    def count(self, day: int, minutes: int, rating: float, sign: int) -> None:
        """Add (``sign`` 1) or take away (-1) one completed session; ``rating`` NaN where there is none."""
        self._make_room(day)
        rated = not np.isnan(rating)
        self._table[day - self._origin] += (
            sign,
            sign * minutes,
            sign * rated,
            sign * rating if rated else 0.0,
        )

    def _make_room(self, day: int) -> None:
        if not len(self._table):
            self._origin = day
            self._table = np.zeros((_ROOM, _WIDTH))
        before = self._origin - day
        after = day - (self._origin + len(self._table) - 1)
        if before > 0:
            self._table = np.pad(self._table, ((before, 0), (0, 0)))
            self._origin = day
        elif after > 0:
            self._table = np.pad(self._table, ((0, after + _ROOM), (0, 0)))
