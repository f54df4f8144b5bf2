"""How good verdicts are, against labels that people gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.inference.sentiment.verdict import LABELS, Label

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one set of texts. Where it knows no neutral, a verdict is the likelier of the two others."""

    count: int
    classes: tuple[Label, ...]
    """Those that occur among the labels."""
    accuracy: float
    macro_f1: float
    """Mean over the classes of the harmonic mean of precision and recall."""
    macro_recall: float
    """Mean over the classes of the share that was found; chance is one over the number of classes."""
    calibration_error: float
    """Expected calibration error: how far confidence is from accuracy, over ten bins of equal width, weighted by size."""
    confidence: float
    """Mean probability of the chosen class; equals the accuracy when well calibrated."""


def scored(labels: Sequence[Label], probabilities: NDArray[np.float64]) -> Scores:
    """Score ``probabilities``, shape (texts, 3) in the order of LABELS, against ``labels``; raises ValueError for none."""
    if not labels:
        raise ValueError("there is nothing to score")
    classes = tuple(label for label in LABELS if label in set(labels))
    columns = [LABELS.index(label) for label in classes]
    shares = probabilities[:, columns]
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    truth = np.array([classes.index(label) for label in labels])
    chosen, confidence = shares.argmax(axis=1), shares.max(axis=1)
    recalls, f1s = [], []
    for at in range(len(classes)):
        hits = int(((truth == at) & (chosen == at)).sum())
        recalls.append(hits / int((truth == at).sum()))
        f1s.append(2 * hits / int((truth == at).sum() + (chosen == at).sum()))
    return Scores(
        count=len(labels), classes=classes, accuracy=float((truth == chosen).mean()), macro_f1=float(np.mean(f1s)),
        macro_recall=float(np.mean(recalls)), calibration_error=_calibration_error(confidence, truth == chosen),
        confidence=float(confidence.mean()),
    )  # fmt: skip


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for at in range(BINS):
        inside = bins == at
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(error)
