"""One ranking out of several, by reciprocal ranks (Cormack, Clarke, Buettcher, SIGIR 2009)."""

from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

SMOOTHING: Final = 10
"""Added to each rank: how little the first place of one ranking outweighs good places in both."""


def fuse(*rankings: Sequence[T]) -> list[T]:
    """Return everything that is in any of ``rankings``, best first; each ranking is best first, too.

    Equals stand in the order of the first ranking that has them.
    """
    scores: dict[T, float] = {}
    for ranking in rankings:
        for place, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (SMOOTHING + place)
    return sorted(scores, key=lambda item: -scores[item])
