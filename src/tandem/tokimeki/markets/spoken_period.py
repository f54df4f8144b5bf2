"""The period of time in a question: "the last five days", "a 5-day average", "two weeks", "last month", "past half year"."""

import re
from typing import Final

from tandem.tokimeki.markets.spans import LONGEST_DAYS

_SMALL: Final = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LOOSE: Final = {
    "a": 1, "an": 1, "a couple": 2, "couple": 2, "a few": 3, "few": 3, "a hundred": 100, "hundred": 100,
}  # fmt: skip
_WORDS: Final = (
    {word: number for number, word in enumerate(_SMALL)}
    | {word: 10 * number for number, word in enumerate(_TENS, start=2)}
    | _LOOSE
)
_UNITS: Final = {
    "day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365, "decade": 3650,
}  # fmt: skip
_HALF_YEAR: Final = 182

_BACK: Final = r"(?P<back>past|last|previous|recent)"
NUMBER: Final = (
    r"(?P<count>\d{1,3}(?:,\d{3})+|\d{1,6}|(?:" + "|".join(_TENS) + r")[\s-]+(?:" + "|".join(_SMALL[1:10]) + r")|"
    + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
)  # fmt: skip
_UNIT: Final = r"(?:(?:trading|business|calendar|full)[\s-]+)?(?P<unit>" + "|".join(_UNITS) + r")s?\b"

_HALF: Final = re.compile(
    rf"\b{_BACK}[\s-]+half[\s-]+(?:of[\s-]+)?(?:an?[\s-]+)?year\b|\bhalf[\s-]+an?[\s-]+year\b"
)
_COUNTED_BACK: Final = re.compile(rf"\b{_BACK}[\s-]+{NUMBER}(?:\s+of)?[\s-]*{_UNIT}")
_JUST_BACK: Final = re.compile(rf"\b(?:{_BACK}|this)[\s-]+{_UNIT}")
_COUNTED: Final = re.compile(rf"(?<![\w.,]){NUMBER}(?:\s+of)?[\s-]*{_UNIT}")


def spoken_days(text: str) -> int | None:
    """Return the period that ``text`` names, in calendar days (0 to a hundred years); None if it names none.

    Tried in the contract's order: "past/last N days", then "past/last week", then "N days" anywhere. A month counts
    30 days, a year 365, half a year 182.
    """
    text = text.lower()
    if _HALF.search(text):
        return _HALF_YEAR
    for pattern in (_COUNTED_BACK, _JUST_BACK, _COUNTED):
        match = pattern.search(text)
        if match is not None:
            count = match.groupdict().get("count")
            days = (1 if count is None else number_of(count)) * _UNITS[match.group("unit")]
            return min(days, LONGEST_DAYS)
    return None


def number_of(words: str) -> int:
    """Return the number that :data:`NUMBER` found, in small letters."""
    if words[0].isdigit():
        return int(words.replace(",", ""))
    if words in _WORDS:
        return _WORDS[words]
    return sum(_WORDS[word] for word in re.split(r"[\s-]+", words))
