"""Sessions from a table with a header: a CSV file of any program, or our own export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache
from itertools import islice

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.collecting import Collector
from tandem.pomodoro.sources.column_names import Roles, finished_column, roles_of
from tandem.pomodoro.sources.date_order import decide_order
from tandem.pomodoro.sources.export import EXPORT_HEADER
from tandem.pomodoro.sources.fields import FieldReader, OwnFieldReader
from tandem.pomodoro.sources.making import SessionMaker
from tandem.pomodoro.sources.reasons import NUL_CHARACTER, TOO_MANY_CELLS, RowError
from tandem.pomodoro.sources.records import DateOrder, ParsedFile, ParsedSession, SourceFormat
from tandem.pomodoro.sources.rows import Progress, Table
from tandem.pomodoro.sources.spans import SpanColumns, SpanReader, column_report, span_columns, unread_columns
from tandem.pomodoro.sources.times import TimeReader
from tandem.pomodoro.sources.values import RatingScale, yes_or_no

_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Context:
    """What a file is read with: see :func:`tandem.pomodoro.sources.parse.parse`."""

    zone: tzinfo
    now: datetime
    rating_scale: RatingScale | None = None
    ignore_ratings: bool = False
    gap_minutes: int = 60
    default_category: str = "Other"
    date_order: DateOrder | None = None
    progress: Progress | None = None


def is_own_export(table: Table) -> bool:
    """Tell whether ``table`` has exactly the header of our own export."""
    return tuple(table.header) == EXPORT_HEADER


def read_table(table: Table, encoding: str, context: Context, *, source: SourceFormat = "csv") -> ParsedFile:
    """Return the sessions of ``table``.

    Raises:
        InvalidInputError: a needed column is missing, ratings have no scale, or days can be read in two ways.
    """
    own = is_own_export(table)
    if own and context.rating_scale not in (None, "0-100"):
        raise InvalidInputError(
            "This is an export of this service; its ratings are on the scale 0-100.",
            problem="rating_scale_conflict",
            choices=["0-100"],
        )
    plan = _Plan.of(replace(table, verbatim=own), toggl=source == "toggl")
    if context.ignore_ratings:
        plan.roles.pop("rating", None)
    collector = Collector()
    reader = _RowReader(plan, context)
    for line, cells in plan.table.rows(collector.reject, context.progress):
        try:
            collector.add(reader.session(cells, line))
        except RowError as error:
            collector.reject(line, error, table.delimiter.join(cells))
    collector.counts.shortened = reader.maker.shortened
    return collector.file(
        source,
        encoding,
        columns=column_report(plan.roles, plan.spans, table.header),
        ignored_columns=[] if own else unread_columns(plan.roles, plan.spans, table.header),
        rating_scale=("0-100" if own else context.rating_scale) if "rating" in plan.roles else None,
        own_export=own,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the columns of one table are read."""

    table: Table
    roles: Roles
    spans: SpanColumns
    own: bool

    @classmethod
    def of(cls, table: Table, *, toggl: bool) -> "_Plan":
        sample = [cells for _, cells in islice(table.rows(), _SAMPLE_ROWS)]
        own = is_own_export(table)
        roles = roles_of(_told_apart(table.header, sample), toggl=toggl)
        spans = span_columns(roles, table.header, sample)
        if own:
            roles["session_id"] = table.header.index("session_id")
        if toggl and spans.unit == "unstated":
            spans = replace(spans, unit="hours")  # its setting "decimal" writes 1.50 for an hour and a half
        return cls(table, roles, spans, own)

    def day_texts(self) -> Iterator[str]:
        """Yield the starts and ends as they stand there, from a pass of its own over the file."""
        for _, cells in self.table.rows():
            for places in self.spans.times:
                yield " ".join([cells[place] for place in places if place < len(cells)])


class _RowReader:
    def __init__(self, plan: _Plan, context: Context) -> None:
        """Prepare the readers of every part of a row."""
        table, comma = plan.table, plan.table.delimiter != ","

        @cache
        def order() -> DateOrder:
            return context.date_order or decide_order(plan.day_texts(), context.now)

        self.maker = SessionMaker(
            zone=context.zone, now=context.now, default_category=context.default_category, own_export=plan.own
        )
        self._spans = SpanReader(
            plan.spans,
            TimeReader(context.zone, order),
            self.maker.check_start,
            decimal_comma=comma,
            prefer_duration=plan.own,
        )
        self._fields = (
            OwnFieldReader(plan.roles, table.header, decimal_comma=comma)
            if plan.own
            else FieldReader(plan.roles, table.header, context.rating_scale, decimal_comma=comma)
        )
        self._verbatim = plan.own
        self._width = len(table.header)
        self._has_nul = "\x00" in table.text

    def session(self, cells: list[str], line: int) -> ParsedSession:
        """Return the session of the row on ``line``; raises RowError."""
        if len(cells) != self._width:
            cells = self._fitted(cells)
        if self._has_nul and any("\x00" in cell for cell in cells):
            raise RowError(NUL_CHARACTER)
        if not self._verbatim:
            cells = [cell.strip() for cell in cells]
        start, seconds = self._spans.span(cells)
        return self.maker.make(start, seconds, self._fields.fields(cells), line)

    def _fitted(self, cells: list[str]) -> list[str]:
        """Fill a short row up; a row with too much is not guessed at, since its cells may have moved."""
        if any(cells[self._width :]):
            raise RowError(TOO_MANY_CELLS, found=len(cells), expected=self._width)
        return (cells + [""] * (self._width - len(cells)))[: self._width]


def _told_apart(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """Rename a column ``finished`` that holds yes and no, so that it is not taken for the end."""
    names, place = list(header), finished_column(header)
    if place is not None:
        first = next((row[place] for row in sample if place < len(row) and row[place].strip()), "")
        if yes_or_no(first) is not None:
            names[place] = "completed"
    return names
