"""From the parts of a row to a session: the rules that hold for every format."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from tandem.pomodoro.presets import nearest_preset
from tandem.pomodoro.sources.reasons import (
    CATEGORY_TOO_LONG,
    IN_FUTURE,
    PRESET_TOO_LONG,
    TOO_LONG,
    TOO_OLD,
    RowError,
)
from tandem.pomodoro.sources.records import (
    LONG_SECONDS,
    LONGEST_OWN_SECONDS,
    LONGEST_SECONDS,
    ParsedSession,
)
from tandem.pomodoro.sources.values import preset_key

_FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEY_LENGTH = 32
_LONGEST_CATEGORY = 100
_LONGEST_PRESET = 50
_LONGEST_TASK = 200

_nearest = cache(nearest_preset)  # only 1440 minutes can be asked for


class Fields(NamedTuple):
    """What a row says besides its times, as it stands in the file; empty texts for what it does not say."""

    category: str = ""
    preset: str = ""
    task: str = ""
    notes: str = ""
    completed: bool = True
    rating: float | None = None
    session_id: UUID | None = None
    minutes: int | None = None


class SessionMaker:
    """Makes the sessions of one file; remembers which rows were alike."""

    def __init__(
        self, *, zone: tzinfo, now: datetime, default_category: str, own_export: bool = False
    ) -> None:
        """Place sessions on days of ``zone``; nothing may start after ``now``."""
        self._zone = zone
        self._now = now.astimezone(UTC)
        self._default_category = default_category
        self._own_export = own_export
        self._longest = LONGEST_OWN_SECONDS if own_export else LONGEST_SECONDS
        self._alike: Counter[bytes] = Counter()
        self.shortened = 0

    def check_start(self, start: datetime) -> None:
        """Raise RowError for a start in the future or before 1970 (where programs put an unset time)."""
        if start > self._now:
            raise RowError(IN_FUTURE)
        if start < _FIRST_MOMENT:
            raise RowError(TOO_OLD)

    def make(
        self, start: datetime, seconds: int, fields: Fields, line: int, *, key: Sequence[object] = ()
    ) -> ParsedSession:
        """Return the session that began at ``start`` (UTC, checked) and took ``seconds`` (0 or more).

        ``key`` replaces what the import key is made of. Raises RowError when the rules forbid the session.
        """
        if seconds > self._longest:
            raise RowError(TOO_LONG, hours=self._longest // 3600)
        if len(fields.category) > _LONGEST_CATEGORY:
            raise RowError(CATEGORY_TOO_LONG, limit=_LONGEST_CATEGORY)
        if len(fields.preset) > _LONGEST_PRESET:
            raise RowError(PRESET_TOO_LONG, limit=_LONGEST_PRESET)
        minutes = fields.minutes or max(1, (seconds + 30) // 60)
        task, notes = self._fitting(fields.task, fields.notes)
        local = start.astimezone(self._zone)
        return ParsedSession(
            started_at=start,
            duration_seconds=seconds,
            duration_minutes=minutes,
            category=fields.category or self._default_category,
            preset=self._preset(fields.preset, minutes),
            preset_basis="file" if fields.preset else "duration",
            completed=fields.completed,
            rating=fields.rating,
            task=task or None,
            notes=notes or None,
            line=line,
            long=seconds > LONG_SECONDS,
            local_date=local.date(),
            local_time=local.time(),
            import_key=self._key(key or (start, seconds, *fields[:4])),
            session_id=fields.session_id,
        )

    def _preset(self, text: str, minutes: int) -> str:
        if not text:
            return _nearest(minutes)
        return text if self._own_export else preset_key(text)

    def _key(self, parts: Sequence[object]) -> str:
        """Digest ``parts`` with a count of equal rows before, so that a row and its twin are both kept."""
        # What orjson returns is not kept: its buffers are some kilobytes long, whatever they hold.
        digest = sha256(orjson.dumps(parts))
        alike = digest.digest()
        twins = self._alike[alike]
        self._alike[alike] = twins + 1
        if twins:
            digest.update(b" twin %d" % twins)
        return digest.hexdigest()[:_KEY_LENGTH]

    def _fitting(self, task: str, notes: str) -> tuple[str, str]:
        """Shorten a task that the store cannot hold; the whole of it is kept in the notes."""
        if len(task) <= _LONGEST_TASK:
            return task, notes
        self.shortened += 1
        return task[: _LONGEST_TASK - 1] + "…", f"{task}\n\n{notes}" if notes else task
