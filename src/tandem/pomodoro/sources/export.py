"""Sessions as a CSV file that the import reads back unchanged.

Texts are written exactly as they are, also those that begin with ``=``, ``+``, ``-`` or ``@``: guarding
spreadsheets by a prefix would change them, and this file exists to give back what was put in.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO
from uuid import UUID

EXPORT_HEADER: Final = (
    "session_id",
    "start",
    "end",
    "duration_sec",
    "duration_min",
    "category",
    "preset",
    "completed",
    "productivity_rating",
    "task",
    "notes",
)
"""The first row of an export; by exactly this row the import recognises it."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One stored session; ``started_at`` is aware, and its zone's offset is the one that is written.

    ``duration_seconds`` may be 0; ``productivity_rating`` is 0-100 with at most two decimals.
    """

    session_id: UUID
    started_at: datetime
    duration_seconds: int
    duration_minutes: int
    category: str
    preset: str
    completed: bool
    productivity_rating: float | None
    task: str | None
    notes: str | None


def write_csv(rows: Iterable[ExportRow], out: TextIO) -> int:
    """Write the header and ``rows`` to ``out`` (opened with ``newline=""``); return how many rows there were."""
    writer = csv.writer(out)
    writer.writerow(EXPORT_HEADER)
    written = 0
    for written, row in enumerate(rows, start=1):  # noqa: B007 - the last value is the result
        writer.writerow(_cells(row))
    return written


def csv_header() -> bytes:
    """Return the first line of an export, as it goes over the wire (UTF-8, no byte order mark)."""
    return _encoded([EXPORT_HEADER])


def csv_lines(rows: Iterable[ExportRow]) -> bytes:
    """Return the lines of ``rows``; header and any number of such parts make up one file."""
    return _encoded(map(_cells, rows))


def _encoded(rows: Iterable[Iterable[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _cells(row: ExportRow) -> tuple[str | int | UUID, ...]:
    # By way of UTC: adding to a zoned time would count wall clock, which an hour's change makes wrong.
    end = row.started_at.astimezone(UTC) + timedelta(seconds=row.duration_seconds)
    return (
        row.session_id,
        row.started_at.isoformat(),
        end.astimezone(row.started_at.tzinfo).isoformat(),
        row.duration_seconds,
        row.duration_minutes,
        row.category,
        row.preset,
        "true" if row.completed else "false",
        "" if row.productivity_rating is None else f"{row.productivity_rating:g}",
        row.task or "",
        row.notes or "",
    )
