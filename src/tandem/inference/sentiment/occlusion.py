"""Which words mattered: each is left out in turn, and the change of the score is its weight.

Unlike a list of good and bad words this sees "not bad" as the model sees it, and works with any model and language.
A text of n words costs n further readings, less those for words of grammar, so longer texts leave out several neighbouring
words at once.
"""

import re
from collections.abc import Callable, Sequence
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

Scores = Callable[[Sequence[str]], NDArray[np.float64]]


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


def words_that_mattered(texts: Sequence[str], score: Scores) -> list[tuple[Word, ...]]:
    """Return the words of each text; ``score`` reads many texts at once and is called once."""
    places = [spans(text) for text in texts]
    read = [
        variant
        for text, spots in zip(texts, places, strict=True)
        for variant in (text, *(without(text, spot) for spot in spots))
    ]
    scores = score(read) if read else np.zeros(0)
    found, at = [], 0
    for text, spots in zip(texts, places, strict=True):
        weights = scores[at] - scores[at + 1 : at + 1 + len(spots)]
        found.append(strongest(text, spots, weights))
        at += 1 + len(spots)
    return found
