"""What is usual for a person: the weeks before the window that the workload signal looks at."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot import Rows, Snapshot
from tandem.pomodoro.snapshot.days import SESSIONS

WINDOW_DAYS: Final = 14
"""The window is today and the thirteen days before: exactly fourteen dates."""

WEEK: Final = 7

BASELINE_DAYS: Final = 42
"""How far before the window the baseline reaches. Older habits say little about what is usual now."""

ENOUGH_SESSIONS: Final = 10
"""A load is called usual only from so many sessions on."""


@dataclass(frozen=True, slots=True)
class Load:
    """A usual load: ``sessions`` completed on ``days`` days, of which those without a session count.

    ``week_variance`` is the variance of the sums of seven days, 0 while fewer than three weeks are known.
    """

    days: int
    sessions: int
    week_variance: float

    @property
    def per_day(self) -> float:
        """Sessions per day."""
        return self.sessions / self.days


@dataclass(frozen=True, slots=True)
class Comparison:
    """The window and what it is held against.

    ``counts`` are the completed sessions of the baseline days and the window, oldest first. ``load`` is what the
    recent week is compared with, ``habit`` what the whole window is; both None while too little is known.
    ``usual`` holds the sessions of the baseline.
    """

    today: int
    window: Rows
    usual: Rows
    counts: NDArray[np.float64]
    load: Load | None
    habit: Load | None

    @property
    def recent(self) -> NDArray[np.bool_]:
        """Which sessions of the window belong to the last seven days."""
        return self.window.day > self.today - WEEK


def compare(snapshot: Snapshot, today: int) -> Comparison:
    """Cut the last eight weeks of ``snapshot`` into window and baseline; ``today`` is an ordinal."""
    first = today - WINDOW_DAYS - BASELINE_DAYS + 1
    rows = snapshot.window(first, today)
    counts = snapshot.days.window(first, today)[:, SESSIONS]
    started = snapshot.days.first
    known = counts[max(0, started - first) :] if started is not None else counts[:0]
    habit = _load(known[:-WINDOW_DAYS], least_days=WINDOW_DAYS)
    return Comparison(
        today=today,
        window=rows.only(rows.day > today - WINDOW_DAYS),
        usual=rows.only(rows.day <= today - WINDOW_DAYS),
        counts=counts,
        # A person of three weeks has no habits yet, but the recent week can be held against the rest.
        load=habit or _load(known[:-WEEK], least_days=WEEK),
        habit=habit,
    )


def _load(counts: NDArray[np.float64], *, least_days: int) -> Load | None:
    """Sum ``counts`` (sessions per day, oldest first), leaving out weeks without any session.

    A week without a session is a holiday or another timer, not a habit; a single free day is part of the rhythm.
    """
    weeks = [counts[max(0, end - WEEK) : end] for end in range(len(counts), 0, -WEEK)]
    kept = [week for week in weeks if week.any()]
    days, sessions = sum(map(len, kept)), round(sum(float(week.sum()) for week in kept))
    if days < least_days or sessions < ENOUGH_SESSIONS:
        return None
    sums = [float(week.sum()) for week in kept if len(week) == WEEK]
    return Load(days, sessions, float(np.var(sums, ddof=1)) if len(sums) >= 3 else 0.0)
