"""The word error rate: how many words of what was said a transcript gets wrong.

Texts are normalised first, because they may say the same in other letters:

1. Unicode NFKC, lower case, apostrophes of one kind, what stands in (...) or [...] left out (notes of the transcriber);
2. numbers are read digit by digit ("1,0001" as "1 0 0 0 1"), digits become words, and "oh" between digits is "zero";
3. everything but letters and apostrophes within words parts words.

Then the smallest number of substitutions, deletions and insertions of words that turns the transcript into what was said
(Levenshtein) is divided by the number of words that were said.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOTE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBER: Final = re.compile(r"\d[\d,.]*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class WordErrors:
    """The errors of one transcript, or of several together."""

    words: int
    """Words that were said."""
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        """All of them."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per word that was said; may exceed 1. 0 for silence that was transcribed as such."""
        if self.words:
            return self.errors / self.words
        return float(self.errors > 0)

    def __add__(self, other: "WordErrors") -> "WordErrors":
        """Return the errors of both together: long recordings weigh more."""
        return WordErrors(
            self.words + other.words, self.substitutions + other.substitutions, self.deletions + other.deletions,
            self.insertions + other.insertions,
        )  # fmt: skip


NONE: Final = WordErrors(0, 0, 0, 0)


def word_errors(said: str, transcript: str) -> WordErrors:
    """Return the errors of ``transcript`` against what was ``said``."""
    return _aligned(normalised(said), normalised(transcript))


def normalised(text: str) -> list[str]:
    """Return the words of ``text`` as they are compared."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = _NUMBER.sub(_spelled, _NOTE.sub(" ", text))
    words = _WORD.findall(text)
    return ["zero" if word == "oh" and _beside_digit(words, at) else word for at, word in enumerate(words)]


def _spelled(number: re.Match[str]) -> str:
    return " " + " ".join(_DIGITS[int(digit)] for digit in number.group() if digit.isdecimal()) + " "


def _beside_digit(words: Sequence[str], at: int) -> bool:
    return any(words[place] in _DIGITS for place in (at - 1, at + 1) if 0 <= place < len(words))


def _aligned(said: Sequence[str], heard: Sequence[str]) -> WordErrors:
    # Each cell: (errors, substitutions, deletions, insertions) of the best way to here; the smallest tuple wins.
    row = [(at, 0, 0, at) for at in range(len(heard) + 1)]
    for number, word in enumerate(said, start=1):
        above, row = row, [(number, 0, number, 0)]
        for at, other in enumerate(heard, start=1):
            total, changed, missed, added = above[at - 1]
            same = (
                (total, changed, missed, added) if word == other else (total + 1, changed + 1, missed, added)
            )
            total, changed, missed, added = above[at]
            deleted = (total + 1, changed, missed + 1, added)
            total, changed, missed, added = row[at - 1]
            inserted = (total + 1, changed, missed, added + 1)
            row.append(min(same, deleted, inserted))
    _, substitutions, deletions, insertions = row[-1]
    return WordErrors(len(said), substitutions, deletions, insertions)
