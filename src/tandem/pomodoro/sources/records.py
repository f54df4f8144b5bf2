"""What comes out of a file: sessions, rejected rows and the figures of the report."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final, Literal
from uuid import UUID

from tandem.pomodoro.sources.reasons import Rejection

SourceFormat = Literal["csv", "toggl", "timestamps"]
PresetBasis = Literal["file", "duration"]
DateOrder = Literal["dmy", "mdy"]

MAX_BYTES: Final = 25 * 1024 * 1024
"""The largest file that is read."""

MAX_ROWS: Final = 500_000
"""Rows of one file; keeps the memory of an import below about 600 MB."""

MAX_TIMES: Final = 1_000_000
"""Lines of a ``timestamps`` file, which are joined into far fewer sessions."""

MAX_REJECTIONS: Final = 1_000
"""Rejected rows that are kept with their reason; further ones are counted only."""

LONG_SECONDS: Final = 180 * 60
"""A longer session is kept and flagged."""

LONGEST_SECONDS: Final = 12 * 3600
"""A longer session is rejected: a forgotten timer tells nothing about focus."""

LONGEST_OWN_SECONDS: Final = 24 * 3600
"""The same for our own export, which must give back whatever the service itself accepted (1440 minutes)."""


@dataclass(frozen=True, slots=True)
class ParsedSession:
    """One session as read from a file.

    ``started_at`` is aware, in UTC; ``local_date`` and ``local_time`` are the same moment in the user's zone.
    ``duration_seconds`` is exact; ``duration_minutes`` (1-720) is rounded half up, never below 1. ``rating`` is
    0-100. ``long`` marks more than 180 minutes. ``line`` is where the row begins, from 1. ``import_key`` is
    the same whenever the same row is read again; ``session_id`` is known only in our own export.
    """

    started_at: datetime
    duration_seconds: int
    duration_minutes: int
    category: str
    preset: str
    preset_basis: PresetBasis
    completed: bool
    rating: float | None
    task: str | None
    notes: str | None
    line: int
    long: bool
    local_date: date
    local_time: time
    import_key: str
    session_id: UUID | None = None


@dataclass(slots=True)
class Counts:
    """The figures of one parsed file.

    ``rows_read`` = sessions + ``rejected`` + ``joined``, where ``joined`` are the times of a ``timestamps`` file
    that continued a session. ``shortened`` tasks did not fit and are whole in the notes.
    """

    rows_read: int = 0
    rejected: int = 0
    joined: int = 0
    zero_length: int = 0
    long: int = 0
    overlaps: int = 0
    shortened: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A whole file: ``sessions`` in file order, ``rejected`` (the first 1,000; all are counted) and figures.

    ``columns`` maps what a column was understood as to its name in the file, ``ignored_columns`` names those that
    nothing was read from; ``rating_scale`` is the scale that
    was applied, None where the file has no ratings; ``encoding`` names how the bytes were read.
    """

    format: SourceFormat
    encoding: str
    own_export: bool
    columns: dict[str, str]
    rating_scale: str | None
    counts: Counts
    sessions: list[ParsedSession] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
