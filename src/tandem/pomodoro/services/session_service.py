"""Sessions in and out, one at a time: placed in the user's zone, stored once, seen at once."""

import base64
import binascii
import datetime as dt
import hashlib
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import orjson

from tandem.core.clock import Clock
from tandem.core.database.events import ChangeEvent
from tandem.core.errors import ConflictError, InvalidInputError, NotFoundError
from tandem.pomodoro.repositories.session_repository import (
    Filter,
    Page,
    SessionRepository,
    StoredSession,
    Written,
)
from tandem.pomodoro.schemas.sessions import (
    LONG_MINUTES,
    SessionCreate,
    SessionPage,
    SessionPatch,
    SessionRead,
)
from tandem.pomodoro.services.snapshot_store import SnapshotStore
from tandem.pomodoro.services.wording import kept

SKEW: Final = dt.timedelta(minutes=5)
"""How far ahead a caller's clock may be before its "now" is called the future."""

EARLIEST: Final = dt.date(1970, 1, 1)


class SessionService:
    """Stores, lists, changes and deletes the sessions of one user at a time."""

    def __init__(self, *, repository: SessionRepository, store: SnapshotStore, clock: Clock) -> None:
        """Work on ``repository`` and keep this worker's ``store`` informed."""
        self._repository = repository
        self._store = store
        self._clock = clock

    async def create(self, user: str, session: SessionCreate, key: str | None) -> SessionRead:
        """Store a session.

        With an idempotency ``key`` the same request is stored once and answered alike each time; raises
        ConflictError if the key was used for another body.
        """
        now = self._clock.now()
        values = {
            **kept(
                session.model_dump(
                    include={"preset", "category", "task", "notes", "completed", "productivity_rating"}
                )
            ),
            **_length(session.minutes),
            **_placed(session, now),
        }
        request = hashlib.sha256(session.model_dump_json(exclude_unset=True).encode()).hexdigest()
        if key is not None and (before := await self._repository.kept_answer(user, key, now)) is not None:
            return _replayed(before.request_hash, request, before.response)
        written = await self._repository.create(
            user, values, origin="rest", key=(key, request) if key else None, now=now,
            answer=lambda stored: self.read_model(stored).model_dump(mode="json"),
        )  # fmt: skip
        if written is None:
            # Somebody else stored the same key between our look and our write.
            before = await self._repository.kept_answer(user, key or "", now)
            if before is None:
                raise ConflictError("this Idempotency-Key is in use by a request that has not ended")
            return _replayed(before.request_hash, request, before.response)
        return self._seen(user, written)

    async def page(  # noqa: PLR0913 - each is a filter of the route
        self, user: str, *, first: dt.date | None, last: dt.date | None, category: str | None, limit: int,
        cursor: str | None,
    ) -> SessionPage:  # fmt: skip
        """Return a page of sessions, newest first.

        Raises InvalidInputError for a cursor that is not ours and for days in the wrong order.
        """
        if first is not None and last is not None and first > last:
            raise InvalidInputError("from: must not be after to")
        chosen = Filter(first, last, category, _decode(cursor) if cursor else None)
        found = await self._repository.page(user, chosen, limit + 1)
        more = len(found) > limit
        sessions = [self.read_model(stored) for stored in found[:limit]]
        return SessionPage(sessions=sessions, next_cursor=_encode(found[limit - 1]) if more else None)

    async def get(self, user: str, session: UUID) -> SessionRead:
        """Return one session; raises NotFoundError."""
        stored = await self._repository.get(user, session)
        if stored is None:
            raise NotFoundError("there is no such session")
        return self.read_model(stored)

    async def change(self, user: str, session: UUID, patch: SessionPatch) -> SessionRead:
        """Change what ``patch`` names; raises NotFoundError."""
        values = kept(
            patch.model_dump(
                include={"preset", "category", "task", "notes", "completed", "productivity_rating"},
                exclude_unset=True,
            )
        )
        if patch.duration_minutes is not None:
            values |= _length(patch.duration_minutes)
        if patch.started_at is not None or patch.date is not None:
            values |= _placed(patch, self._clock.now())
        if not values:
            return await self.get(user, session)
        written = await self._repository.change(user, session, values)
        if written is None:
            raise NotFoundError("there is no such session")
        return self._seen(user, written)

    async def delete(self, user: str, session: UUID) -> None:
        """Delete one session; raises NotFoundError."""
        version = await self._repository.delete(user, session)
        if version is None:
            raise NotFoundError("there is no such session")
        self._store.on_change(ChangeEvent(user, version, (session,)))

    def read_model(self, stored: StoredSession) -> SessionRead:
        """Return a stored session as it is answered, its moments in the user's zone."""
        zone = self._clock.zone
        flags = [flag for flag, holds in (
            ("long", stored.duration_minutes > LONG_MINUTES), ("demo", stored.origin == "demo"),
        ) if holds]  # fmt: skip
        values = asdict(stored) | {
            "started_at": stored.start_in(zone),
            "time": stored.time.strftime("%H:%M"),
            "hour": stored.time.hour,
            "created_at": stored.created_at and stored.created_at.astimezone(zone),
            "updated_at": stored.updated_at and stored.updated_at.astimezone(zone),
            "flags": flags,
        }
        return SessionRead.model_validate({name: values[name] for name in SessionRead.model_fields})

    def _seen(self, user: str, written: Written) -> SessionRead:
        self._store.on_change(ChangeEvent(user, written.version, (written.session.id,)))
        return self.read_model(written.session)


def place(
    started_at: dt.datetime | None, day: dt.date | None, time: dt.time | None, now: dt.datetime
) -> dt.datetime:
    """Return the start in the zone of ``now``, which is also the default.

    A wall clock time that a DST change skips moves forward by the gap; one that happens twice is the first.
    """
    if started_at is None:
        if day is None or time is None:
            return now
        started_at = dt.datetime.combine(day, time)
    try:
        if started_at.tzinfo is None:
            started_at = started_at.replace(tzinfo=now.tzinfo)
        return started_at.astimezone(dt.UTC).astimezone(now.tzinfo)
    except OverflowError as error:
        raise InvalidInputError("started_at: this moment is outside the calendar") from error


def _placed(moment: SessionCreate | SessionPatch, now: dt.datetime) -> dict[str, Any]:
    start = place(moment.started_at, moment.date, moment.time, now)
    if start > now + SKEW:
        raise InvalidInputError("started_at: a session cannot start in the future")
    if start.date() < EARLIEST:
        raise InvalidInputError(f"started_at: a session cannot start before {EARLIEST}")
    return {"started_at": start, "date": start.date(), "time": start.time().replace(microsecond=0)}


def _length(minutes: int) -> dict[str, int]:
    return {"duration_minutes": minutes, "duration_seconds": minutes * 60}


def _replayed(kept_hash: str, request_hash: str, response: dict[str, Any]) -> SessionRead:
    if kept_hash != request_hash:
        raise ConflictError("this Idempotency-Key was used for another body")
    return SessionRead.model_validate(response)


def _encode(stored: StoredSession) -> str:
    place_in_list = [stored.date.isoformat(), stored.clock, stored.id.hex]
    return base64.urlsafe_b64encode(orjson.dumps(place_in_list)).decode().rstrip("=")


def _decode(cursor: str) -> Page:
    try:
        day, time, session = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if time != "24:00:00" and dt.time.fromisoformat(time).tzinfo is not None:
            raise ValueError(time)  # noqa: TRY301 - one of several ways to be no cursor of ours
        return Page(dt.date.fromisoformat(day), time, UUID(hex=session))
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise InvalidInputError("cursor: not one that this service gave out") from error
