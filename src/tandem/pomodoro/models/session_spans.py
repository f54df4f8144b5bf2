"""How long this person's sessions and the breaks between them were, from recent days.

A *break* is the time from the end of a session to the start of the next one of the same day, 0 if they overlap. A *run* is the
time from the start of a session to the end of the one that is ``n - 1`` further on the same day.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot import Snapshot

RECENT_DAYS: Final = 180
"""Days looked back, the current one left out: habits change."""

MOST_SESSIONS: Final = 2000
"""The newest of them are enough; bounds what one forecast costs."""

Minutes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Sessions in the order in which they started, as parallel arrays; minutes from the midnight before."""

    day: NDArray[np.int64]
    start: Minutes
    length: Minutes

    @classmethod
    def before(cls, snapshot: Snapshot, today: int) -> "Spans":
        """Take the completed sessions of the days before ``today`` (ordinal)."""
        rows = snapshot.window(today - RECENT_DAYS, today - 1)
        newest = slice(-MOST_SESSIONS, None)
        return cls(
            rows.day[newest].astype(np.int64),
            rows.second[newest] / 60.0,
            rows.minutes[newest].astype(np.float64),
        )

    @property
    def days(self) -> int:
        """On how many days they lie."""
        # They lie in order. np.unique would load numpy's masked arrays: 10 MB and a tenth of a second in each worker.
        return int(np.count_nonzero(np.diff(self.day, prepend=self.day[:1] - 1)))

    def breaks(self) -> Minutes:
        """Return the breaks."""
        same = self.day[1:] == self.day[:-1]
        pauses = self.start[1:] - (self.start[:-1] + self.length[:-1])
        return np.asarray(pauses[same].clip(0.0))

    def runs(self, sessions: int) -> Minutes:
        """Return the runs of ``sessions`` sessions, 1 or more; they overlap, so they are not independent."""
        last = sessions - 1
        if last >= len(self.day):
            return np.empty(0)
        end = len(self.day) - last
        same = self.day[last:] == self.day[:end]
        reached = self.start[last:] + self.length[last:] - self.start[:end]
        return np.asarray(reached[same])
