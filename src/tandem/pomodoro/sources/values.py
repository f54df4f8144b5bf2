"""What the cells of a row say besides its times: ratings, yes and no, presets."""

from functools import lru_cache
from typing import Final, Literal, get_args

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.presets import PRESET_KEYS, PRESETS
from tandem.pomodoro.sources.column_names import squeeze
from tandem.pomodoro.sources.durations import number
from tandem.pomodoro.sources.reasons import (
    COMPLETED_UNREADABLE,
    RATING_OUT_OF_SCALE,
    RATING_UNREADABLE,
    RowError,
    excerpt,
)

RatingScale = Literal["1-5", "1-10", "0-100"]

RATING_SCALES: Final[tuple[RatingScale, ...]] = get_args(RatingScale)
"""The scales that an import can state; ratings are stored as 0-100."""

_BOUNDS: Final[dict[RatingScale, tuple[float, float, float]]] = {
    "1-5": (1, 5, 20),
    "1-10": (1, 10, 10),
    "0-100": (0, 100, 1),
}
"""Lowest, highest, and what one point is worth on the stored scale."""

_YES: Final = frozenset(
    ["1", "true", "t", "yes", "y", "ano", "a", "hotovo", "done", "completed", "finished", "x", "ja", "✓", "✔"]
)
_NO: Final = frozenset(
    ["0", "false", "f", "no", "n", "ne", "nein", "interrupted", "cancelled", "canceled", "aborted", "✗", "✘"]
)
_PRESET_NAMES: Final = {squeeze(name): key for key in PRESET_KEYS for name in (key, PRESETS[key].name)}


def checked_scale(scale: str | None) -> RatingScale | None:
    """Return ``scale`` if it is one of the three, None for None.

    Raises:
        InvalidInputError: it is another one.
    """
    for known in RATING_SCALES:
        if scale == known:
            return known
    if scale is None:
        return None
    raise InvalidInputError(
        f"“{excerpt(scale, 20)}” is not a rating scale; the choices are {', '.join(RATING_SCALES)}.",
        problem="unknown_rating_scale",
        choices=list(RATING_SCALES),
    )


def scale_missing(column: str) -> InvalidInputError:
    """Return the refusal of a file that has ratings while nobody said on which scale."""
    return InvalidInputError(
        f"The column “{excerpt(column, 40)}” holds ratings, but their scale is not stated; "
        f"choose one of {', '.join(RATING_SCALES)}.",
        problem="rating_scale_missing",
        choices=list(RATING_SCALES),
        column=excerpt(column, 40),
    )


def stored_rating(text: str, scale: RatingScale, *, decimal_comma: bool) -> float:
    """Return the rating in ``text`` as 0-100 with two decimals.

    1-5 counts 20 a point and 1-10 counts 10 a point (so the lowest rating is 20 and 10, as the service has
    always normalised them); 0-100 is taken as it is and may carry a percent sign.

    Raises:
        RowError: it is no number, or outside of ``scale``.
    """
    plain = text.removesuffix("%").rstrip() if scale == "0-100" else text
    value = number(plain, decimal_comma=decimal_comma)
    if value is None:
        raise RowError(RATING_UNREADABLE, value=text)
    lowest, highest, worth = _BOUNDS[scale]
    if not lowest <= value <= highest:
        raise RowError(RATING_OUT_OF_SCALE, value=text, scale=scale)
    return round(value * worth, 2)


def yes_or_no(text: str) -> bool | None:
    """Return what ``text`` says, None when it says neither."""
    plain = text.strip().casefold()
    return True if plain in _YES else False if plain in _NO else None


def is_completed(text: str) -> bool:
    """Return whether a session was completed; an empty cell means that it was.

    Raises:
        RowError: the text says neither yes nor no.
    """
    if not text:
        return True
    said = yes_or_no(text)
    if said is None:
        raise RowError(COMPLETED_UNREADABLE, value=text)
    return said


@lru_cache(maxsize=256)
def preset_key(text: str) -> str:
    """Return the key of the preset that ``text`` names; another text is kept as it is."""
    return _PRESET_NAMES.get(squeeze(text), text)
