"""What somebody did in some days: sessions, minutes, ratings, categories, and the best of them."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from tandem.pomodoro.snapshot import Rows, Snapshot

XP_PER_SESSION: Final = 10


@dataclass(frozen=True, slots=True)
class Peak:
    """The best rated session of a day: which one of the day (from 1), when, and its rating."""

    session: int
    time: str
    rating: float


@dataclass(frozen=True, slots=True)
class Span:
    """The completed sessions of some days; ``rating`` is the mean, None where none is ``rated``."""

    sessions: int
    minutes: int
    rated: int
    rating: float | None
    xp: int
    """As the timer awards it: 10 a session, up to 5 by rating, 2 from 25 and 5 from 52 minutes on."""
    categories: tuple[tuple[str, int], ...]
    """With their sessions, the most frequent first."""
    presets: tuple[tuple[str, int], ...]
    peak: Peak | None
    first_hour: int | None
    last_hour: int | None
    first_rating: float | None
    last_rating: float | None

    @property
    def top_category(self) -> str | None:
        """The most frequent category."""
        return self.categories[0][0] if self.categories else None

    def share(self, category: str) -> float:
        """Return the share of a category, 0-100."""
        return 100 * dict(self.categories).get(category, 0) / self.sessions if self.sessions else 0.0


def span_of(snapshot: Snapshot, rows: Rows) -> Span:
    """Return what the ``rows`` of ``snapshot`` come to."""
    if not len(rows):
        return Span(0, 0, 0, None, 0, (), (), None, None, None, None, None)
    rated = rows.rated
    ratings = rows.rating[rated]
    names = Counter(snapshot.categories[code] for code in rows.category.tolist())
    presets = Counter(snapshot.presets[code] for code in rows.preset.tolist())
    return Span(
        sessions=len(rows),
        minutes=max(0, int(rows.minutes.sum(dtype=np.int64))),
        rated=int(rated.sum()),
        rating=round(float(ratings.mean()), 1) if len(ratings) else None,
        xp=_xp(rows),
        categories=tuple(names.most_common()),
        presets=tuple(presets.most_common()),
        peak=_peak(rows),
        first_hour=int(rows.hour.min()),
        last_hour=int(rows.hour.max()),
        first_rating=round(float(ratings[0]), 1) if len(ratings) else None,
        last_rating=round(float(ratings[-1]), 1) if len(ratings) else None,
    )


def _peak(rows: Rows) -> Peak | None:
    if not rows.rated.any():
        return None
    at = int(np.nanargmax(rows.rating))
    second = int(rows.second[at])
    same_day = int((rows.day[: at + 1] == rows.day[at]).sum())
    return Peak(same_day, f"{second // 3600:02d}:{second % 3600 // 60:02d}", round(float(rows.rating[at]), 1))


def _xp(rows: Rows) -> int:
    ratings = np.where(rows.rated, rows.rating, 0.0)
    by_rating = (ratings / 100 * 5).astype(np.int64)
    by_length = np.where(rows.minutes >= 52, 5, np.where(rows.minutes >= 25, 2, 0))
    return int(XP_PER_SESSION * len(rows) + by_rating.sum() + by_length.sum())
