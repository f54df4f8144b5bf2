"""Sessions as a CSV file that the import reads back unchanged.

Texts are written exactly as they are, also those that begin with ``=``, ``+``, ``-`` or ``@``: guarding
spreadsheets by a prefix would change them, and this file exists to give back what was put in.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
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


def csv_header() -> bytes:
    """Return the first line of an export, as it goes over the wire (UTF-8, no byte order mark)."""
    return _encoded([EXPORT_HEADER])


def csv_lines(rows: Iterable[ExportRow]) -> tuple[bytes, int]:
    """Return the lines of ``rows`` and how many of these cannot be written; header and such parts make one file.

    A session that begins or ends outside of the years 1-9999 in UTC cannot be written.
    """
    cells, unwritable = [], 0
    for row in rows:
        try:
            cells.append(_cells(row))
        except OverflowError:
            unwritable += 1
    return _encoded(cells), unwritable


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
