"""What a handler gets: the job, and a way to say how far it is."""

import asyncio
from typing import Any, Final
from uuid import UUID

from tandem.core.database.pool import Database
from tandem.core.jobs import repository
from tandem.core.jobs.errors import LostJobError
from tandem.core.jobs.record import JobRecord

SAY_SECONDS: Final = 0.2
"""Progress is written no oftener; what is said in between is replaced by what is said next."""


class RunningJob:
    """One attempt of one job."""

    def __init__(self, record: JobRecord, database: Database) -> None:
        """Speak for ``record``, whose attempt has begun."""
        self._record = record
        self._database = database
        self._said_at = float("-inf")

    @property
    def id(self) -> UUID:
        """The job's id."""
        return self._record.id

    @property
    def key(self) -> str:
        """The job's business key; empty for none."""
        return self._record.key

    @property
    def user(self) -> str:
        """Whom the job is for."""
        return self._record.user

    @property
    def payload(self) -> dict[str, Any]:
        """What was enqueued."""
        return self._record.payload

    @property
    def attempt(self) -> int:
        """1 for the first attempt."""
        return self._record.attempt

    async def progress(self, **said: Any) -> None:
        """Tell whoever watches how far the job is, as small JSON such as ``done=3, total=10``.

        Cheap to call often. Raises LostJobError when the attempt no longer counts; let it pass.
        """
        now = asyncio.get_running_loop().time()
        if now < self._said_at + SAY_SECONDS:
            return
        self._said_at = now
        if not await repository.progress(self._database, self._record, said):
            raise LostJobError

    async def file(self, name: str) -> bytes:
        """Return a file that was enqueued with the job; raises LostJobError when it is gone with its job."""
        parts: list[bytes] = []
        while (part := await repository.file_part(self._database, self.id, name, len(parts))) is not None:
            parts.append(part)
        if not parts:
            raise LostJobError
        return b"".join(parts)
