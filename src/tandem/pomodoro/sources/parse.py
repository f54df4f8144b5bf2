"""The one way in: a file of any known format, read into sessions."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.presets import DEFAULT_CATEGORY
from tandem.pomodoro.sources.csv_source import Context, read_table
from tandem.pomodoro.sources.decoding import read_text
from tandem.pomodoro.sources.detect import detect
from tandem.pomodoro.sources.records import DateOrder, ParsedFile
from tandem.pomodoro.sources.timestamps_source import read_timestamps
from tandem.pomodoro.sources.toggl_source import read_toggl
from tandem.pomodoro.sources.values import checked_scale

_LONGEST_GAP = 24 * 60


def parse(  # noqa: PLR0913 - each is a choice of the person who imports
    data: bytes | Path,
    *,
    format: str = "auto",  # noqa: A002 - the name of the option and of the form field
    rating_scale: str | None = None,
    zone: tzinfo,
    now: datetime,
    gap_minutes: int = 60,
    default_category: str = DEFAULT_CATEGORY,
    date_order: DateOrder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParsedFile:
    """Read the sessions in ``data``: the bytes of a file (at most 25 MiB) or its path.

    Takes a second or two for 100,000 rows and never awaits: on an event loop, run it in a thread.

    Args:
        data: the file.
        format: ``auto``, ``csv``, ``toggl`` or ``timestamps``.
        rating_scale: ``1-5``, ``1-10`` or ``0-100``; needed as soon as the file holds a rating. ``ignore`` reads
            none, for callers that only count.
        zone: the user's zone: times without an offset are read in it, and days begin in it.
        now: the current moment, aware; nothing may start later.
        gap_minutes: 1-1440; ``timestamps`` nearer to each other than this are one session.
        default_category: what a session without a category gets.
        date_order: ``dmy`` or ``mdy`` for days like 03/04/2024; None finds it out from the whole file.
        progress: told (characters read, characters in all) now and then, and at the end.

    Raises:
        InvalidInputError: the file as a whole cannot be imported; ``extra["problem"]`` is a stable name of why.
        TooLargeError: more than 25 MiB.
        OSError: the path cannot be read.
    """
    if not 1 <= gap_minutes <= _LONGEST_GAP:
        raise InvalidInputError(
            f"The gap must be 1 to {_LONGEST_GAP} minutes.",
            problem="gap_out_of_range",
            gap_minutes=gap_minutes,
        )
    ignored = rating_scale == "ignore"
    context = Context(
        zone=zone,
        now=now,
        rating_scale=None if ignored else checked_scale(rating_scale),
        ignore_ratings=ignored,
        gap_minutes=gap_minutes,
        default_category=default_category,
        date_order=date_order,
        progress=progress,
    )
    text, encoding = read_text(data)
    source, table = detect(text, format)
    if table is None:
        return read_timestamps(text, encoding, context)
    if source == "toggl":
        return read_toggl(table, encoding, context)
    return read_table(table, encoding, context)
