"""What a sentiment model says about a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Label = Literal["negative", "neutral", "positive"]

LABELS: Final[tuple[Label, ...]] = ("negative", "neutral", "positive")
"""In the order of the probabilities."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text and how it moved the verdict."""

    word: str
    weight: float
    """Change of the score when the word is left out: above 0 it spoke for positive, below 0 for negative."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text like the one that was judged, from those that come with the model."""

    text: str
    label: Label
    similarity: float
    """Cosine, at most 1."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One text's sentiment."""

    negative: float
    """Probability, 0-1; the three add up to 1."""
    neutral: float
    positive: float
    words: tuple[Word, ...] = ()
    """Those that mattered most, the strongest first; empty where they were not asked for."""
    example: Example | None = None
    """None when nothing is alike."""

    @property
    def label(self) -> Label:
        """The most probable of the three."""
        return max(LABELS, key=self.probability)

    @property
    def confidence(self) -> float:
        """The probability of the label."""
        return self.probability(self.label)

    @property
    def leaning(self) -> float:
        """The share of positive among positive and negative, 0-1; what a model with two classes would say."""
        both = self.positive + self.negative
        return 0.5 if both == 0 else self.positive / both

    def probability(self, label: Label) -> float:
        """Return the probability of ``label``."""
        return float(getattr(self, label))


def verdicts(
    probabilities: NDArray[np.float64],
    words: Mapping[int, tuple[Word, ...]],
    examples: Mapping[int, Example | None],
) -> list[Verdict]:
    """Return a verdict for each row of ``probabilities``, with the words and examples of its number."""
    return [
        Verdict(
            float(negative),
            float(neutral),
            float(positive),
            words=words.get(at, ()),
            example=examples.get(at),
        )
        for at, (negative, neutral, positive) in enumerate(probabilities)
    ]
