"""Whole logs in, and everything out again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from tandem.core.clock import Clock
from tandem.core.database.events import ChangeEvent
from tandem.core.errors import TooLargeError
from tandem.core.i18n import Translator
from tandem.core.observability.logger import get_logger
from tandem.pomodoro.repositories.import_repository import ImportRepository, IncomingSession
from tandem.pomodoro.repositories.session_repository import Page, SessionRepository, StoredSession
from tandem.pomodoro.services.snapshot_store import SnapshotStore
from tandem.pomodoro.sources.export import ExportRow, csv_header, csv_lines
from tandem.pomodoro.sources.parse import parse
from tandem.pomodoro.sources.records import MAX_BYTES, ParsedFile, ParsedSession
from tandem.pomodoro.sources.report import ImportReport

log = get_logger(__name__)

Progress = Callable[[int, int], None]

EXPORT_BATCH = 500
"""Sessions per chunk of an export."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """How a log is to be read; see :func:`tandem.pomodoro.sources.parse.parse`."""

    name: str
    format: str = "auto"
    rating_scale: str | None = None
    gap_minutes: int = 60


class ImportService:
    """Reads logs off the event loop and stores them in one transaction."""

    def __init__(
        self,
        *,
        incoming: ImportRepository,
        stored: SessionRepository,
        store: SnapshotStore | None,
        clock: Clock,
    ) -> None:
        """``store`` is this worker's, None for a command that serves nobody."""
        self._incoming = incoming
        self._stored = stored
        self._store = store
        self._clock = clock

    async def add(
        self, user: str, data: bytes, request: ImportRequest, *, text: Translator | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:  # fmt: skip
        """Store the sessions of a log, all or none.

        Raises InvalidInputError for a file that cannot be read as a log, DatabaseUnavailableError when it
        cannot be stored. Doing it twice adds nothing the second time. Reasons are told in ``text``'s language.
        """
        if len(data) > MAX_BYTES:
            raise TooLargeError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
        parsed = await asyncio.to_thread(self._parse, data, request, progress)
        result = await self._incoming.add(user, (_incoming(session) for session in parsed.sessions), "import")
        if self._store is not None and result.added:
            self._store.on_change(ChangeEvent(user, result.version, None))
        return ImportReport.of(
            parsed, file=request.name, added=result.added, already_present=len(parsed.sessions) - result.added,
            translate=text,
        )  # fmt: skip

    async def export(self, user: str) -> AsyncIterator[bytes]:
        """Return the chunks of a CSV with all sessions of ``user``, oldest first.

        What no calendar holds is left out, counted and logged, so that one odd row of another program does not
        cost the rest. The first page is read before this returns, so that a lost database is still answered with 503.
        """
        batch = await self._stored.oldest(user, EXPORT_BATCH, None)
        left_out = await self._stored.outside_calendar(user)

        async def chunks(batch: list[StoredSession]) -> AsyncIterator[bytes]:
            skipped = left_out
            yield csv_header()
            while batch:
                lines, unwritable = csv_lines([self._export_row(stored) for stored in batch])
                skipped += unwritable
                yield lines
                last = batch[-1]
                if len(batch) < EXPORT_BATCH:
                    break
                batch = await self._stored.oldest(user, EXPORT_BATCH, Page(last.date, last.clock, last.id))
            if skipped:
                log.event(
                    "EXPORT_INCOMPLETE", "%d sessions on days that no calendar has were left out of an export",
                    skipped, level="WARNING",
                )  # fmt: skip

        return chunks(batch)

    def _parse(self, data: bytes, request: ImportRequest, progress: Progress | None) -> ParsedFile:
        return parse(
            data, format=request.format, rating_scale=request.rating_scale, zone=self._clock.zone,
            now=self._clock.now(), gap_minutes=request.gap_minutes, progress=progress,
        )  # fmt: skip

    def _export_row(self, stored: StoredSession) -> ExportRow:
        seconds = stored.duration_seconds
        return ExportRow(
            session_id=stored.id, started_at=stored.start_in(self._clock.zone),
            duration_seconds=stored.duration_minutes * 60 if seconds is None else seconds,
            duration_minutes=stored.duration_minutes, category=stored.category, preset=stored.preset,
            completed=stored.completed, productivity_rating=stored.productivity_rating, task=stored.task,
            notes=stored.notes,
        )  # fmt: skip


def _incoming(session: ParsedSession) -> IncomingSession:
    return IncomingSession(
        session_id=session.session_id, preset=session.preset, category=session.category, task=session.task,
        notes=session.notes, duration_minutes=session.duration_minutes, duration_seconds=session.duration_seconds,
        completed=session.completed, productivity_rating=session.rating, date=session.local_date,
        time=session.local_time, started_at=session.started_at, import_key=session.import_key,
    )  # fmt: skip
