"""The space in which notes and questions are compared.

multilingual-e5-small puts a Czech and an English text of the same meaning apart: in it, a Czech question is nearer to any Czech
note than to the English one that answers it. The few axes along which translation moves a text were measured on our own
catalogue (``bench/search_axes.py``); they are taken out of every vector. What that does to recall is in docs/models/search.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

AXES_FILE: Final = Path(__file__).with_name("axes.npy")
_AXES: Final[Vectors] = np.load(AXES_FILE)
ALIGNED_MODEL: Final = "multilingual-e5-small"

_FLOOR: Final = 0.70
"""Cosine, after alignment, of a note that has nothing to do with the question (median, docs/models/search.md)."""


@dataclass(frozen=True, slots=True)
class Space:
    """How vectors of one model become comparable, and what their cosine means."""

    name: str
    """Model and treatment; vectors of different spaces are never compared."""
    symmetric: bool
    """Whether notes are embedded as questions are, which suits short texts better."""
    floor: float
    """Cosine that says nothing; it counts as similarity 0."""
    aligned: bool

    def take(self, vectors: Vectors) -> Vectors:
        """Return ``vectors`` (n x dimensions) in this space, each of length 1."""
        if self.aligned:
            vectors = (vectors - (vectors @ _AXES.T) @ _AXES).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
        return unit

    def similarity(self, cosine: float) -> float:
        """Return how alike two texts are, 0-1, from the cosine of their vectors: 0 for texts without relation."""
        return min(1.0, max(0.0, (cosine - self.floor) / (1.0 - self.floor)))


def space_of(model: str) -> Space:
    """Return the space for the vectors of ``model``; one that is not ours to know is taken as it is."""
    if model == ALIGNED_MODEL:
        return Space(f"{model}/aligned-1", symmetric=True, floor=_FLOOR, aligned=True)
    return Space(model, symmetric=False, floor=0.0, aligned=False)
