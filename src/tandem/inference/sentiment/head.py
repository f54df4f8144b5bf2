"""What is learned on top of the embedding: from features to probabilities. NumPy alone.

Three linear scores, softmax, and a temperature that was fitted on sources which the scores had not seen. Weights are a
compressed NumPy archive without any pickled object.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.inference.sentiment.verdict import LABELS, Label

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of one version; rows of features have ``len(mean)`` numbers."""

    version: str
    mean: NDArray[np.float32]
    """Taken from the features first, shape (features,)."""
    weights: NDArray[np.float32]
    """Shape (features, 3)."""
    bias: NDArray[np.float32]
    temperature: float
    """Divides the scores: above 1 it makes them less sure."""
    examples: tuple[tuple[str, Label], ...]
    """Texts written for this purpose, with their label."""
    example_vectors: Features
    """Their embeddings, shape (examples, 384), length 1."""

    @classmethod
    def read(cls, path: Path) -> "Head":
        """Read an archive that :meth:`write` wrote; raises OSError, ValueError, KeyError."""
        with np.load(path, allow_pickle=False) as found:
            labels = [LABELS[at] for at in found["example_labels"]]
            return cls(
                version=str(found["version"]), mean=_float(found["mean"]), weights=_float(found["weights"]),
                bias=_float(found["bias"]), temperature=float(found["temperature"]),
                examples=tuple(zip(map(str, found["example_texts"]), labels, strict=True)),
                example_vectors=_float(found["example_vectors"]),
            )  # fmt: skip

    def write(self, path: Path) -> None:
        """Write an archive; numbers are halved to 16 bits, which changes no probability by more than 0.01."""
        np.savez_compressed(
            path, version=self.version, mean=self.mean.astype(np.float16), weights=self.weights.astype(np.float16),
            bias=self.bias, temperature=self.temperature, example_texts=np.array([text for text, _ in self.examples]),
            example_labels=np.array([LABELS.index(label) for _, label in self.examples], dtype=np.int8),
            example_vectors=self.example_vectors.astype(np.float16),
        )  # fmt: skip

    def scores(self, features: Features) -> NDArray[np.float64]:
        """Return calibrated logits, shape (texts, 3)."""
        raw = (features - self.mean) @ self.weights + self.bias
        return (raw / self.temperature).astype(np.float64)

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return probabilities in the order of LABELS, shape (texts, 3)."""
        return softmax(self.scores(features))

    def leanings(self, features: Features) -> NDArray[np.float64]:
        """Return the log-odds of positive against negative, shape (texts,)."""
        scores = self.scores(features)
        leaning: NDArray[np.float64] = scores[:, 2] - scores[:, 0]
        return leaning


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of each row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _float(values: NDArray[Any]) -> NDArray[np.float32]:
    return values.astype(np.float32)
