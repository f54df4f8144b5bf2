"""Gathers the sessions and the rejected rows of one file, within bounds."""

from datetime import datetime, timedelta

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.reasons import Rejection, RowError
from tandem.pomodoro.sources.records import (
    MAX_REJECTIONS,
    MAX_ROWS,
    Counts,
    ParsedFile,
    ParsedSession,
    SourceFormat,
)


class Collector:
    """What has been read of one file so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts = Counts()
        self.sessions: list[ParsedSession] = []
        self.rejected: list[Rejection] = []

    def add(self, session: ParsedSession) -> None:
        """Take a session; raises InvalidInputError when there are too many rows."""
        self._count_row()
        counts = self.counts
        counts.zero_length += session.duration_seconds == 0
        counts.long += session.long
        self.sessions.append(session)

    def reject(self, line: int, error: RowError, row: str) -> None:
        """Note that the ``row`` on ``line`` is not taken; raises InvalidInputError when there are too many rows."""
        self._count_row()
        self.counts.rejected += 1
        if len(self.rejected) < MAX_REJECTIONS:
            self.rejected.append(Rejection.of(line, error, row))

    def file(  # noqa: PLR0913 - what is known of a whole file
        self,
        source: SourceFormat,
        encoding: str,
        *,
        columns: dict[str, str] | None = None,
        ignored_columns: list[str] | None = None,
        rating_scale: str | None = None,
        own_export: bool = False,
    ) -> ParsedFile:
        """Return the whole file, with its overlaps counted."""
        self.counts.overlaps = count_overlaps(self.sessions)
        return ParsedFile(
            source,
            encoding,
            own_export,
            columns or {},
            rating_scale,
            self.counts,
            self.sessions,
            self.rejected,
            ignored_columns or [],
        )

    def _count_row(self) -> None:
        self.counts.rows_read += 1
        if len(self.sessions) + self.counts.rejected >= MAX_ROWS:
            raise InvalidInputError(
                f"The file has more than {MAX_ROWS} rows; import it in parts.",
                problem="too_many_rows",
                limit=MAX_ROWS,
            )


def count_overlaps(sessions: list[ParsedSession]) -> int:
    """Return how many ``sessions`` begin before one that began earlier has ended."""
    overlaps = 0
    latest: datetime | None = None
    for session in sorted(sessions, key=lambda one: (one.started_at, one.duration_seconds)):
        end = session.started_at + timedelta(seconds=session.duration_seconds)
        if latest is not None and session.started_at < latest:
            overlaps += 1
        latest = end if latest is None else max(latest, end)
    return overlaps
