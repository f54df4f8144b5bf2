"""Sessions from a list of moments, such as the times of commits: near ones are joined into one session."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.collecting import Collector
from tandem.pomodoro.sources.csv_source import Context
from tandem.pomodoro.sources.date_order import decide_order
from tandem.pomodoro.sources.making import Fields, SessionMaker
from tandem.pomodoro.sources.reasons import NUL_CHARACTER, RowError
from tandem.pomodoro.sources.records import MAX_TIMES, DateOrder, ParsedFile
from tandem.pomodoro.sources.times import TimeReader

_REPORT_EVERY: Final = 5_000

Moment = tuple[datetime, int]
"""An instant and the line on which it stands."""


def read_timestamps(text: str, encoding: str, context: Context) -> ParsedFile:
    """Return the sessions that the times in ``text`` make.

    Times may stand in any order. Two of them belong to one session when they are less than ``gap_minutes``
    apart; it lasts from its first to its last time. A session longer than 12 hours is rejected whole, under the
    line of its first time. Its import key is made of its start alone, so that a log which has grown since the
    last import does not bring its last session a second time.

    Raises:
        InvalidInputError: no line holds a time, there are too many, or days can be read in two ways.
    """
    collector = Collector()
    maker = SessionMaker(zone=context.zone, now=context.now, default_category=context.default_category)
    moments = _moments(text, context, maker, collector)
    if not moments:
        raise InvalidInputError(
            "No line of the file is a time.",
            problem="no_times",
            rejected=[{"line": one.line, "reason": one.reason} for one in collector.rejected[:5]],
        )
    for chain in _chains(moments, timedelta(minutes=context.gap_minutes)):
        (first, line), (last, _) = chain[0], chain[-1]
        seconds = int((last - first).total_seconds() + 0.5)
        collector.counts.rows_read += len(chain) - 1
        collector.counts.joined += len(chain) - 1
        try:
            collector.add(maker.make(first, seconds, Fields(), line, key=("timestamps", first)))
        except RowError as error:
            collector.reject(line, error, f"{first.isoformat()} – {last.isoformat()}")
    collector.rejected.sort(key=lambda one: one.line)
    return collector.file("timestamps", encoding)


def time_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of every line that is neither blank nor a ``#`` comment."""
    for line, content in enumerate(io.StringIO(text, newline=None), start=1):
        plain = content.strip().strip("\"'")
        if plain and not plain.startswith("#"):
            yield line, plain


def _moments(text: str, context: Context, maker: SessionMaker, collector: Collector) -> list[Moment]:
    @cache
    def order() -> DateOrder:
        return context.date_order or decide_order((value for _, value in time_lines(text)), context.now)

    times = TimeReader(context.zone, order)
    moments: list[Moment] = []
    read = 0
    for line, content in time_lines(text):
        read += len(content) + 1
        if context.progress is not None and len(moments) % _REPORT_EVERY == 0:
            context.progress(min(read, len(text)), len(text))
        try:
            moments.append((_moment(content, times, maker), line))
        except RowError as error:
            collector.reject(line, error, content)
        if len(moments) > MAX_TIMES:
            raise InvalidInputError(
                f"The file has more than {MAX_TIMES} times; import it in parts.",
                problem="too_many_rows",
                limit=MAX_TIMES,
            )
    if context.progress is not None:
        context.progress(len(text), len(text))
    return sorted(moments)


def _moment(content: str, times: TimeReader, maker: SessionMaker) -> datetime:
    if "\x00" in content:
        raise RowError(NUL_CHARACTER)
    moment = times.instant(content)
    # Checked before joining: one wrong clock must not take the whole day's work with it.
    maker.check_start(moment)
    return moment


def _chains(moments: list[Moment], gap: timedelta) -> Iterator[list[Moment]]:
    chain = moments[:1]
    for moment in moments[1:]:
        if moment[0] - chain[-1][0] < gap:
            chain.append(moment)
        else:
            yield chain
            chain = [moment]
    yield chain
