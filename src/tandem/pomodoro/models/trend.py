"""Did the ratings change from one time to a later one, or is it chance?

The means of two groups of ratings are compared. A change is reported where it is larger than
:data:`CERTAINTY` standard errors and than :data:`WORTH_TELLING`; where nothing changed, that happens by
chance about once in ten times, in either direction. The standard deviation is the common one of
:mod:`tandem.pomodoro.models.spread`, which is careful with few ratings.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.spread import spread
from tandem.pomodoro.snapshot import RATED, RATING_SUM, Rows

Direction = Literal["up", "down", "stable"]

CERTAINTY: Final = 1.645
"""The two-sided 90 % point of the normal distribution, standard errors."""

WORTH_TELLING: Final = 3.0
"""Smallest change that matters to a person, points of 0-100."""


def moments_of_rows(rows: Rows) -> NDArray[np.float64]:
    """Return the five moments of completed sessions; shape (5,)."""
    ratings = rows.rating[rows.rated].astype(np.float64)
    squares = float(ratings @ ratings)
    return np.array([len(rows), len(rows), len(ratings), float(ratings.sum()), squares])


def change(earlier: NDArray[np.float64], later: NDArray[np.float64]) -> Direction:
    """Compare the mean ratings of two groups given as moments (5,); ``stable`` where a group has none."""
    return compare(
        (float(earlier[RATED]), float(earlier[RATING_SUM])),
        (float(later[RATED]), float(later[RATING_SUM])),
        spread(earlier, later),
    )


def compare(earlier: tuple[float, float], later: tuple[float, float], deviation: float) -> Direction:
    """Compare two groups of ratings, each (number, sum), whose single ratings scatter by ``deviation`` points."""
    (n, total), (m, later_total) = earlier, later
    if n < 0.5 or m < 0.5:
        return "stable"
    difference = later_total / m - total / n
    error = deviation * (1 / n + 1 / m) ** 0.5
    if abs(difference) < max(WORTH_TELLING, CERTAINTY * error):
        return "stable"
    return "up" if difference > 0 else "down"
