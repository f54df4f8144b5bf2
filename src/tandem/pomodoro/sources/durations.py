"""Durations as people and programs write them, in whole seconds."""

import re
from typing import Final, Literal

from tandem.pomodoro.sources.reasons import DURATION_NEGATIVE, DURATION_UNREADABLE, RowError

DurationUnit = Literal["seconds", "minutes", "hours", "milliseconds", "unstated"]

_SECONDS_IN: Final[dict[DurationUnit, float]] = {
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "milliseconds": 0.001,
    "unstated": 60,
}
_LONGEST = 40
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,6}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?( ?min)?", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)
_WORDS = re.compile(
    r"(?:(\d+(?:\.\d+)?) ?h(?:ours?|rs?|od\.?)?)? ?(?:(\d+(?:\.\d+)?) ?m(?:in(?:utes?|s|\.)?)?)?"
    r" ?(?:(\d+(?:\.\d+)?) ?s(?:ec(?:onds?|s)?)?)?",
    re.ASCII,
)


def number(text: str, *, decimal_comma: bool) -> float | None:
    """Return the plain decimal number in ``text`` (15 digits at most), None when it is none.

    A comma is a decimal comma or nothing: “1,500” is not guessed to be fifteen hundred.
    """
    if decimal_comma:
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def duration_seconds(text: str, unit: DurationUnit, *, decimal_comma: bool = False) -> int:
    """Return how many whole seconds ``text`` means, halves rounded up.

    A bare number counts in ``unit`` (minutes where it is unstated). With two colons it is HH:MM:SS; with one it
    is MM:SS in a column of seconds or minutes and HH:MM elsewhere. ``PT1H25M`` and ``1h 25m`` are read too.

    Raises:
        RowError: it is no duration, or a negative one.
    """
    value = number(text, decimal_comma=decimal_comma)
    if value is not None:
        seconds = value * _SECONDS_IN[unit]
        if seconds < 0:
            raise RowError(DURATION_NEGATIVE)
        return int(seconds + 0.5)
    if len(text) <= _LONGEST:
        if match := _CLOCK.fullmatch(text):
            return _clock(match, unit)
        short = text.replace(",", ".") if decimal_comma else text
        for pattern, sizes in ((_ISO, (86400, 3600, 60, 1)), (_WORDS, (3600, 60, 1))):
            found = pattern.fullmatch(short.upper() if pattern is _ISO else short.lower())
            if found and any(found.groups()):
                total = sum(
                    float(part) * size for part, size in zip(found.groups(), sizes, strict=True) if part
                )
                return int(total + 0.5)
    raise RowError(DURATION_UNREADABLE, value=text)


def _clock(match: re.Match[str], unit: DurationUnit) -> int:
    first, second, third, minutes_word = int(match[1]), int(match[2]), match[3], match[4]
    if second > 59 or (third and (int(third) > 59 or minutes_word)):
        raise RowError(DURATION_UNREADABLE, value=match[0])
    if third is not None:
        return first * 3600 + second * 60 + int(third)
    if minutes_word or unit in ("seconds", "minutes"):
        return first * 60 + second
    return first * 3600 + second * 60
