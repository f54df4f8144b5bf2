"""Sufficient statistics: all that the models need to know of a person's past, however long it is.

They are the projections of one table, weekday x hour x preset x category, onto the sides that some model
reads. The full table is not kept: with 30 categories it would be ten times as large and no model reads it.
Each session adds to or takes from one cell of each side, so an update is O(1).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot.columns import Rows

ATTEMPTS: Final = 0
"""Index of: sessions started, finished or not."""
COMPLETED: Final = 1
"""Index of: sessions completed."""
RATED: Final = 2
"""Index of: completed sessions with a rating."""
RATING_SUM: Final = 3
"""Index of: sum of those ratings (0-100)."""
RATING_SQUARES: Final = 4
"""Index of: sum of the squares of those ratings."""

MOMENTS: Final = 5
POSITIONS: Final = 16
"""Sessions of one day are told apart up to the 16th."""

Moments = NDArray[np.float64]
"""An array whose last axis holds the five moments above."""


class Statistics:
    """Moments by slot and by category.

    ``slot`` has the shape (7 weekdays, 24 hours, presets, 5), ``category_hour`` (categories, 24, 5),
    ``category_weekday`` (categories, 7, 5), ``category_preset`` (categories, presets, 5); ``position``
    (16, 5) counts the k-th completed session of a day, k from 0.
    """

    def __init__(self, presets: int, categories: int) -> None:
        """Start with zeros for so many ``presets`` and ``categories``."""
        self.slot: Moments = np.zeros((7, 24, presets, MOMENTS))
        self.category_hour: Moments = np.zeros((categories, 24, MOMENTS))
        self.category_weekday: Moments = np.zeros((categories, 7, MOMENTS))
        self.category_preset: Moments = np.zeros((categories, presets, MOMENTS))
        self.position: Moments = np.zeros((POSITIONS, MOMENTS))

    @property
    def nbytes(self) -> int:
        """Size in memory, bytes."""
        return sum(
            a.nbytes for a in (self.slot, self.category_hour, self.category_weekday, self.category_preset)
        )

    def total(self) -> Moments:
        """Moments of everything; shape (5,)."""
        return np.asarray(self.slot.sum(axis=(0, 1, 2)))

    def hours(self) -> Moments:
        """Moments by hour; shape (24, 5)."""
        return np.asarray(self.slot.sum(axis=(0, 2)))

    def weekdays(self) -> Moments:
        """Moments by weekday, Monday first; shape (7, 5)."""
        return np.asarray(self.slot.sum(axis=(1, 2)))

    def weekday_hours(self) -> Moments:
        """Moments by weekday and hour; shape (7, 24, 5)."""
        return np.asarray(self.slot.sum(axis=2))

    def presets(self) -> Moments:
        """Moments by preset code; shape (presets, 5)."""
        return np.asarray(self.slot.sum(axis=(0, 1)))

    def categories(self) -> Moments:
        """Moments by category code; shape (categories, 5)."""
        return np.asarray(self.category_weekday.sum(axis=1))

    def make_room(self, presets: int, categories: int) -> None:
        """Grow to so many ``presets`` and ``categories``; never shrinks."""
        more_presets = presets - self.slot.shape[2]
        more_categories = categories - self.category_hour.shape[0]
        if more_presets > 0:
            self.slot = np.pad(self.slot, ((0, 0), (0, 0), (0, more_presets), (0, 0)))
            self.category_preset = np.pad(self.category_preset, ((0, 0), (0, more_presets), (0, 0)))
        if more_categories > 0:
            # Room is taken ahead, so that a person with ever new categories is not copied each time.
            ahead = max(more_categories, self.category_hour.shape[0] // 4)
            self.category_hour = np.pad(self.category_hour, ((0, ahead), (0, 0), (0, 0)))
            self.category_weekday = np.pad(self.category_weekday, ((0, ahead), (0, 0), (0, 0)))
            self.category_preset = np.pad(self.category_preset, ((0, ahead), (0, 0), (0, 0)))

    def count(self, cell: "Cell", sign: int) -> None:
        """Add (``sign`` 1) or take away (-1) one session."""
        moments = sign * cell.moments
        self.slot[cell.weekday, cell.hour, cell.preset] += moments
        self.category_hour[cell.category, cell.hour] += moments
        self.category_weekday[cell.category, cell.weekday] += moments
        self.category_preset[cell.category, cell.preset] += moments

    def count_day(self, rows: Rows, sign: int) -> None:
        """Add or take away one whole day's completed sessions by their position in that day."""
        ratings = rows.rating[rows.completed][:POSITIONS]
        for position, rating in enumerate(ratings.tolist()):
            self.position[position] += sign * moments_of(completed=True, rating=rating)

    def count_all(self, rows: Rows) -> None:
        """Add all ``rows`` at once."""
        presets, categories = self.slot.shape[2], self.category_hour.shape[0]
        hour, weekday = rows.hour.astype(np.intp), rows.weekday.astype(np.intp)
        preset, category = rows.preset.astype(np.intp), rows.category.astype(np.intp)
        weights = _weights(rows)
        self.slot += _tally((weekday * 24 + hour) * presets + preset, weights, self.slot.shape)
        self.category_hour += _tally(category * 24 + hour, weights, self.category_hour.shape)
        self.category_weekday += _tally(category * 7 + weekday, weights, self.category_weekday.shape)
        self.category_preset += _tally(category * presets + preset, weights, self.category_preset.shape)
        if categories:
            self._count_positions(rows)

    def _count_positions(self, rows: Rows) -> None:
        done = rows.only(rows.completed)
        if not len(done):
            return
        starts = np.r_[True, done.day[1:] != done.day[:-1]]
        first = np.maximum.accumulate(np.where(starts, np.arange(len(done)), 0))
        position = np.arange(len(done)) - first
        kept = position < POSITIONS
        self.position += _tally(position[kept], _weights(done.only(kept)), self.position.shape)


class Cell:
    """Where one session counts, and what it adds there."""

    __slots__ = ("category", "hour", "moments", "preset", "weekday")

    def __init__(  # noqa: PLR0913 - the coordinates of a cell
        self, *, weekday: int, hour: int, preset: int, category: int, completed: bool, rating: float
    ) -> None:
        """Take codes for preset and category; ``rating`` is NaN where there is none."""
        self.weekday = weekday
        self.hour = hour
        self.preset = preset
        self.category = category
        self.moments = moments_of(completed=completed, rating=rating)


def moments_of(*, completed: bool, rating: float) -> Moments:
    """Return what one session adds: shape (5,). Only completed sessions count their rating."""
    if not completed:
        return np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    if np.isnan(rating):
        return np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    return np.array([1.0, 1.0, 1.0, rating, rating * rating])


def _weights(rows: Rows) -> tuple[NDArray[np.float64], ...]:
    completed = rows.completed.astype(np.float64)
    rated = completed * rows.rated
    rating = np.where(rated > 0, rows.rating, 0.0).astype(np.float64)
    return np.ones(len(rows)), completed, rated, rating, rating * rating


def _tally(
    keys: NDArray[np.intp], weights: tuple[NDArray[np.float64], ...], shape: tuple[int, ...]
) -> Moments:
    cells = int(np.prod(shape[:-1]))
    sums = [np.bincount(keys, weights=weight, minlength=cells) for weight in weights]
    return np.stack(sums, axis=-1, dtype=np.float64).reshape(shape)
