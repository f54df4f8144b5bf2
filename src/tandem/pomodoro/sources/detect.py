"""Which of the formats a file is in."""

from datetime import UTC
from itertools import islice
from typing import Final, Literal, get_args

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.column_names import has_start, looks_like_toggl, roles_of, score
from tandem.pomodoro.sources.csv_source import is_own_export
from tandem.pomodoro.sources.reasons import RowError, excerpt
from tandem.pomodoro.sources.records import SourceFormat
from tandem.pomodoro.sources.rows import Table, open_table
from tandem.pomodoro.sources.times import TimeReader
from tandem.pomodoro.sources.timestamps_source import time_lines

FormatChoice = Literal["auto", "csv", "toggl", "timestamps"]

FORMATS: Final[tuple[FormatChoice, ...]] = get_args(FormatChoice)
"""What a caller can ask for."""

_LINES_LOOKED_AT = 20


def detect(text: str, wanted: str) -> tuple[SourceFormat, Table | None]:
    """Return the format of ``text`` and, for a table, its opened table.

    ``wanted`` is one of :data:`FORMATS`; anything but ``auto`` settles the matter.

    Raises:
        InvalidInputError: the format is unknown, or nothing in the text can be recognised.
    """
    if wanted == "timestamps":
        return "timestamps", None
    if wanted == "csv":
        return "csv", open_table(text, score)
    if wanted == "toggl":
        return "toggl", open_table(text, score)
    if wanted != "auto":
        raise InvalidInputError(
            f"“{excerpt(wanted, 20)}” is not a format; the choices are {', '.join(FORMATS)}.",
            problem="unknown_format",
            choices=list(FORMATS),
        )
    return _recognised(text)


def _recognised(text: str) -> tuple[SourceFormat, Table | None]:
    try:
        table = open_table(text, score)
    except InvalidInputError:
        if _are_times(text):
            return "timestamps", None
        raise
    if not is_own_export(table) and looks_like_toggl(table.header):
        return "toggl", table
    if not has_start(roles_of(table.header)) and _are_times(text):
        return "timestamps", None
    return "csv", table  # a missing column is explained where the columns are read


def _are_times(text: str) -> bool:
    """Tell whether at least half of the first lines are times, whichever way their days are read."""
    reader = TimeReader(UTC, lambda: "dmy"), TimeReader(UTC, lambda: "mdy")
    looked, good = 0, 0
    for _, line in islice(time_lines(text), _LINES_LOOKED_AT):
        looked += 1
        good += any(_is_time(one, line) for one in reader)
    return good > 0 and 2 * good >= looked


def _is_time(reader: TimeReader, line: str) -> bool:
    try:
        reader.instant(line)
    except RowError:
        return False
    return True
