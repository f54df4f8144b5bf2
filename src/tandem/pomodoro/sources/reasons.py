"""Why a row of a file is not taken: every reason with a stable code and a text for people.

The texts are message ids with named slots; :meth:`Rejection.reason_in` says them in the reader's language.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Slot = str | int | float


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable ``code`` and the English ``text`` (a message id) with ``{slots}``."""

    code: str
    text: str


BROKEN_ROW: Final = Reason("broken_row", "the row cannot be read: {problem}")
TOO_MANY_CELLS: Final = Reason("too_many_cells", "the row has {found} cells, the header has {expected}")
NUL_CHARACTER: Final = Reason("nul_character", "the row contains a NUL character")
START_MISSING: Final = Reason("start_missing", "the start is missing")
TIME_UNREADABLE: Final = Reason("time_unreadable", "“{value}” is not a readable time")
CLOCK_MISSING: Final = Reason("clock_missing", "“{value}” is a day without a time of day")
LENGTH_MISSING: Final = Reason("length_missing", "there is neither an end nor a duration")
DURATION_UNREADABLE: Final = Reason("duration_unreadable", "“{value}” is not a readable duration")
DURATION_NEGATIVE: Final = Reason("duration_negative", "the duration is negative")
END_BEFORE_START: Final = Reason("end_before_start", "the end is before the start")
IN_FUTURE: Final = Reason("in_future", "the start is in the future")
TOO_OLD: Final = Reason("too_old", "the start is before 1970")
TOO_LONG: Final = Reason("too_long", "the session is longer than {hours} hours")
RATING_UNREADABLE: Final = Reason("rating_unreadable", "“{value}” is not a readable rating")
RATING_OUT_OF_SCALE: Final = Reason("rating_out_of_scale", "the rating {value} is outside the scale {scale}")
COMPLETED_UNREADABLE: Final = Reason("completed_unreadable", "“{value}” says neither yes nor no")
CATEGORY_TOO_LONG: Final = Reason("category_too_long", "the category is longer than {limit} characters")
PRESET_TOO_LONG: Final = Reason("preset_too_long", "the preset is longer than {limit} characters")
ID_REPEATED: Final = Reason("id_repeated", "the session id occurred before in this file")
ID_UNREADABLE: Final = Reason("id_unreadable", "“{value}” is not a session id")

ALL_REASONS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Reason))
"""Every reason, for catalogues and documentation."""

_SHOWN_VALUE = 40
_SHOWN_ROW = 120


class RowError(Exception):
    """One row cannot be taken; the rest of the file can."""

    def __init__(self, reason: Reason, **slots: Slot) -> None:
        """Remember the ``reason`` and what fills its slots; texts are cut and made printable."""
        super().__init__(reason.code)
        self.reason = reason
        self.slots = {
            name: excerpt(value, _SHOWN_VALUE) if isinstance(value, str) else value
            for name, value in slots.items()
        }


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken: its first ``line`` (from 1), the reason, and the beginning of the ``row``."""

    line: int
    code: str
    text: str
    slots: dict[str, Slot]
    row: str

    @classmethod
    def of(cls, line: int, error: RowError, row: str) -> "Rejection":
        """Make the record of ``error`` in the row that begins on ``line``."""
        return cls(line, error.reason.code, error.reason.text, error.slots, excerpt(row, _SHOWN_ROW))

    @property
    def reason(self) -> str:
        """The reason in English."""
        return self.text.format(**self.slots)

    def reason_in(self, translate: Callable[..., str]) -> str:
        """Return the reason as ``translate`` (a ``Translator``) says it."""
        return translate(self.text, **self.slots)


def excerpt(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text``, fit for a terminal and a log line.

    What does not print is shown as ``·``: a file may hold escape sequences that would otherwise drive the
    terminal of whoever reads the report.
    """
    cut = text[:limit]
    shown = cut if cut.isprintable() else "".join(c if c.isprintable() else "·" for c in cut)
    return shown + "…" if len(text) > limit else shown
