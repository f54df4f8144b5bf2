"""What other people's labels mean: words, signs, stars, ratings."""

import re
from collections.abc import Sequence
from typing import Final

from tandem.inference.sentiment.verdict import Label

WORDS: Final[dict[str, Label]] = {
    **dict.fromkeys(("negative", "neg", "bearish", "bad", "n", "sad", "negativní"), "negative"),
    **dict.fromkeys(("neutral", "neu", "mixed", "none", "neutrální"), "neutral"),
    **dict.fromkeys(("positive", "pos", "bullish", "good", "p", "happy", "pozitivní"), "positive"),
}  # fmt: skip

NEUTRAL_RATING: Final = 0.5
"""On a scale around 0, ratings up to this far from it are neutral, as VADER's authors have it."""

_NUMBERED: Final = re.compile(r"label[_ ]?(\d+)")
_STARS: Final = re.compile(r"([1-5]) ?stars?")


def meaning_of_all(names: Sequence[str]) -> list[Label] | None:
    """Return what each of a classifier's own labels means; None if they do not tell positive from negative."""
    told = [_word(name) for name in names]
    if all(told) and {"negative", "positive"} <= set(told):
        return [label for label in told if label is not None]
    order = _in_order(len(names))
    if order is not None and all(_NUMBERED.fullmatch(name.strip().casefold()) for name in names):
        return order
    return None


def meanings(labels: Sequence[str]) -> list[Label]:
    """Return what each row's label means, seen together: -1/0/1, 0/1, 0/1/2, 1-5 stars, ratings around 0, or words.

    Raises ValueError naming a label that says nothing.
    """
    distinct = sorted({label.strip().casefold() for label in labels})
    words = {label: _word(label) for label in distinct}
    if all(words.values()):
        return [words[label.strip().casefold()] or "neutral" for label in labels]
    numbers = {label: _number(label) for label in distinct}
    strange = [label for label in distinct if numbers[label] is None]
    if strange:
        raise ValueError(f"the label {strange[0]!r} says neither positive, neutral nor negative")
    scale = _scale({number for number in numbers.values() if number is not None})
    return [scale(numbers[label.strip().casefold()] or 0.0) for label in labels]


class _scale:  # noqa: N801 - used as a function
    """How numbers are read."""

    def __init__(self, found: set[float]) -> None:
        whole = all(number == int(number) for number in found)
        self._low, self._high = min(found), max(found)
        self._around_zero = self._low < 0 or not whole
        self._stars = whole and not self._around_zero and self._high > 2
        self._two = whole and found <= {0.0, 1.0}

    def __call__(self, number: float) -> Label:
        if self._around_zero:
            edge = NEUTRAL_RATING
            return "positive" if number > edge else "negative" if number < -edge else "neutral"
        if self._stars:
            return "positive" if number > 3 else "negative" if number < 3 else "neutral"
        if self._two:
            return "positive" if number else "negative"
        return ("negative", "neutral", "positive")[int(number)]


def _word(label: str) -> Label | None:
    key = label.strip().casefold()
    if key in WORDS:
        return WORDS[key]
    if stars := _STARS.fullmatch(key):
        number = int(stars[1])
        return "positive" if number > 3 else "negative" if number < 3 else "neutral"
    parts = [WORDS[part] for part in re.split(r"[^\w]+|_", key) if part in WORDS and len(part) > 1]
    return parts[0] if len(set(parts)) == 1 else None


def _number(label: str) -> float | None:
    try:
        return float(label.replace(",", "."))
    except ValueError:
        numbered = _NUMBERED.fullmatch(label)
        return float(numbered[1]) if numbered else None


def _in_order(count: int) -> list[Label] | None:
    if count == 2:
        return ["negative", "positive"]
    if count == 3:
        return ["negative", "neutral", "positive"]
    if count == 5:
        return ["negative", "negative", "neutral", "positive", "positive"]
    return None
