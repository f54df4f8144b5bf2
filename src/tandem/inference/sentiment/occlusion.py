"""Which words mattered: each is left out in turn, and the change of the score is its weight.

Unlike a list of good and bad words this sees "not bad" as the model sees it, and works with any model and language.
A text of n words costs n further readings, less those for words of grammar, so longer texts leave out several neighbouring
words at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.inference.sentiment.grammar_words import GRAMMAR
from tandem.inference.sentiment.verdict import Word

MOST_VARIANTS: Final = 24
"""Readings of one text beside the text itself."""
MOST_WORDS: Final = 5
"""Words that are told."""
SMALLEST: Final = 0.02
"""Weights nearer to 0 are noise."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[\U0001F300-\U0001FAFF☀-➿❤]|[:;=8][-']?[)(DPp/|]")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text, one word or several."""

    start: int
    end: int


def spans(text: str) -> list[Span]:
    """Return the words of ``text``, joined with their neighbours where there are more than :data:`MOST_VARIANTS`.

    Words of grammar are left aside, unless there are no others.
    """
    words = list(_WORD.finditer(text))
    telling = [word for word in words if word.group().lower() not in GRAMMAR] or words
    found = [Span(word.start(), word.end()) for word in telling]
    together = -(-len(found) // MOST_VARIANTS) or 1
    return [
        Span(found[at].start, found[min(at + together, len(found)) - 1].end)
        for at in range(0, len(found), together)
    ]  # fmt: skip


def without(text: str, span: Span) -> str:
    """Return ``text`` less one of its pieces."""
    return f"{text[: span.start]} {text[span.end :]}".strip()


def strongest(text: str, places: Sequence[Span], weights: NDArray[np.float64]) -> tuple[Word, ...]:
    """Return the words with the largest weights of either sign; a word that comes twice is told once."""
    told: dict[str, Word] = {}
    for at in np.argsort(-np.abs(weights), kind="stable"):
        if abs(weights[at]) < SMALLEST or len(told) == MOST_WORDS:
            break
        word = text[places[at].start : places[at].end]
        told.setdefault(word.casefold(), Word(word, round(float(weights[at]), 4)))
    return tuple(told.values())


class Occlusion:
    """What a model has to read once, so that some texts are judged and the words of some of these weighed."""

    def __init__(self, texts: Sequence[str], explain: Sequence[bool]) -> None:
        """Prepare for ``texts``, of which those that ``explain`` says so are read without each of their pieces, too."""
        self._texts = texts
        self._places = {
            at: spans(text)
            for at, (text, wanted) in enumerate(zip(texts, explain, strict=True))
            if wanted
        }  # fmt: skip
        self.readings: list[str] = [
            *texts, *(without(texts[at], spot) for at, spots in self._places.items() for spot in spots)
        ]  # fmt: skip
        """The texts themselves, in order, then the variants."""

    def words(self, leanings: NDArray[np.float64]) -> dict[int, tuple[Word, ...]]:
        """Return the words of each explained text by its place; ``leanings`` are those of all :attr:`readings`."""
        found, begin = {}, len(self._texts)
        for at, spots in self._places.items():
            end = begin + len(spots)
            found[at] = strongest(self._texts[at], spots, leanings[at] - leanings[begin:end])
            begin = end
        return found
