"""Which cells (hours, days, categories, ...) were rated best, without letting a lucky session decide."""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.shrinkage import shrunk_all
from tandem.pomodoro.snapshot import RATED

Name = TypeVar("Name", int, str)

ENOUGH: Final = 3
"""Ratings from which a cell takes part; cells with fewer do so only where no cell has as many."""


def ranking(moments: NDArray[np.float64], prior: float) -> list[int]:
    """Return the rated cells, best first by their mean pulled towards ``prior``, the earlier first on a tie.

    ``moments`` has the shape (cells, 5).
    """
    rated = moments[:, RATED]
    enough = ENOUGH - 0.5 if (rated > ENOUGH - 0.5).any() else 0.5
    values = shrunk_all(moments, prior).round(9)
    return [int(at) for at in np.argsort(-values, kind="stable") if rated[at] > enough]


def best_of(names: Sequence[Name], moments: NDArray[np.float64], prior: float) -> Name | None:
    """Return the name of the best cell, None where nothing is rated."""
    ranked = ranking(moments, prior)
    return names[ranked[0]] if ranked else None
