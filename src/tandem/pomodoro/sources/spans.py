"""When a row's session began, and how long it took."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.column_names import Roles
from tandem.pomodoro.sources.durations import DurationUnit, duration_seconds
from tandem.pomodoro.sources.reasons import (
    END_BEFORE_START,
    LENGTH_MISSING,
    START_MISSING,
    RowError,
    excerpt,
)
from tandem.pomodoro.sources.times import TimeReader, is_clock

_DURATIONS: Final[dict[str, DurationUnit]] = {
    "duration_seconds": "seconds",
    "duration_minutes": "minutes",
    "duration_milliseconds": "milliseconds",
    "duration": "unstated",
    "duration_hours": "hours",
}
"""In the order in which they are preferred: the finest unit first."""

_TEXTS: Final = ("category", "preset", "task", "notes", "rating", "completed", "session_id")
"""What a row says besides its times."""


@dataclass(frozen=True, slots=True)
class SpanColumns:
    """Where the times stand. A day column is None where start or end hold the day themselves.

    ``end_is_clock``: the end is a time of day only and belongs to the day of the start, or to the next one.
    """

    start: int
    start_day: int | None
    end: int | None
    end_day: int | None
    end_is_clock: bool
    duration: int | None
    unit: DurationUnit

    @property
    def times(self) -> list[tuple[int, ...]]:
        """The columns of the start and of the end, the one with the day first."""
        pairs = ((self.start_day, self.start), (self.end_day, self.end))
        return [tuple(place for place in pair if place is not None) for pair in pairs]


def span_columns(roles: Roles, header: Sequence[str], sample: Sequence[Sequence[str]]) -> SpanColumns:
    """Settle which columns the times come from, by their names and by what the first rows (``sample``) hold.

    Raises:
        InvalidInputError: no column holds a start, or none holds an end or a duration.
    """
    start, day = roles.get("start"), roles.get("start_date")
    if start is None:
        start, day = day, None
    if start is None:
        raise _missing("start", header)
    if day is not None and not _holds_clocks(sample, start):
        day = None
    end, end_day = roles.get("end"), roles.get("end_date")
    end_is_clock = end is not None and _holds_clocks(sample, end)
    if end is None:
        end, end_day = end_day, None
    if not end_is_clock:
        end_day = None
    role = next((name for name in _DURATIONS if name in roles), None)
    if end is None and role is None:
        raise _missing("end or duration", header)
    return SpanColumns(
        start, day, end, end_day, end_is_clock and end_day is None, roles[role] if role else None,
        _DURATIONS[role] if role else "unstated",
    )  # fmt: skip


def column_report(roles: Mapping[str, int], columns: SpanColumns, header: Sequence[str]) -> dict[str, str]:
    """Return what was read from where, in the names of the file."""

    def named(*places: int | None) -> str:
        return " + ".join(excerpt(header[place], 60) for place in places if place is not None)

    found = {"start": named(columns.start_day, columns.start)}
    if columns.end is not None:
        found["end"] = named(columns.end_day, columns.end)
    if columns.duration is not None:
        found["duration"] = named(columns.duration)
    for role in _TEXTS:
        if role in roles:
            found[role] = named(roles[role])
    return found


def unread_columns(roles: Mapping[str, int], columns: SpanColumns, header: Sequence[str]) -> list[str]:
    """Return the names of the columns that nothing is read from, the first 50."""
    whats = {place for role, place in roles.items() if role in _TEXTS}
    read = whats | {place for pair in columns.times for place in pair} | {columns.duration}
    unread = [name for place, name in enumerate(header) if place not in read and name.strip()]
    return [excerpt(name.strip(), 60) for name in unread[:50]]


class SpanReader:
    """Reads (start, seconds) from rows."""

    def __init__(
        self,
        columns: SpanColumns,
        times: TimeReader,
        check_start: Callable[[datetime], None],
        *,
        decimal_comma: bool,
        prefer_duration: bool,
    ) -> None:
        """Reads starts that pass ``check_start``, which raises RowError.

        ``prefer_duration`` trusts a duration over an end; otherwise it is the other way round.
        """
        self._columns = columns
        self._times = times
        self._check_start = check_start
        self._decimal_comma = decimal_comma
        self._prefer_duration = prefer_duration

    def span(self, cells: Sequence[str]) -> tuple[datetime, int]:
        """Return the start (UTC) and the length in whole seconds; raises RowError."""
        columns = self._columns
        text = cells[columns.start]
        if not text:
            raise RowError(START_MISSING)
        if columns.start_day is not None:
            text = f"{cells[columns.start_day]} {text}"
        start = self._times.instant(text)
        self._check_start(start)
        duration = cells[columns.duration] if columns.duration is not None else ""
        end = cells[columns.end] if columns.end is not None else ""
        if duration and (self._prefer_duration or not end):
            return start, duration_seconds(duration, columns.unit, decimal_comma=self._decimal_comma)
        if not end:
            raise RowError(LENGTH_MISSING)
        length = self._end(start, end, cells) - start
        if length < timedelta():
            raise RowError(END_BEFORE_START)
        return start, int(length.total_seconds() + 0.5)

    def _end(self, start: datetime, text: str, cells: Sequence[str]) -> datetime:
        columns = self._columns
        if columns.end_day is not None:
            return self._times.instant(f"{cells[columns.end_day]} {text}")
        if not columns.end_is_clock or not is_clock(text):
            return self._times.instant(text)
        day = start.astimezone(self._times.zone).date()
        end = self._times.instant(f"{day} {text}")
        # A bare clock that is earlier than the start means past midnight; there is no other way to write it.
        return end if end >= start else self._times.instant(f"{day + timedelta(days=1)} {text}")


def _holds_clocks(sample: Sequence[Sequence[str]], place: int) -> bool:
    first = next((row[place] for row in sample if place < len(row) and row[place].strip()), "")
    return is_clock(first)


def _missing(what: str, header: Sequence[str]) -> InvalidInputError:
    columns = [excerpt(name, 60) for name in header[:50]]
    return InvalidInputError(
        f"The file has no {what} column; its columns are: {', '.join(columns).rstrip('.')}.",
        problem=f"no_{what.replace(' ', '_')}_column",
        columns=columns,
    )
