"""Background jobs of one kind as the person who began them sees them."""

from typing import Any, Final
from uuid import UUID

from tandem.core.errors import ConflictError, NotFoundError
from tandem.core.jobs import JobKind, JobRecord, Jobs

NOBODY: Final = "no worker is running: it begins when there is one (`tandem jobs run`, or `tandem up`)"


class OwnJobs:
    """Finds, tells and cancels; whose job it is not, and of which kind it is not, does not exist."""

    def __init__(self, jobs: Jobs, kind: JobKind, path: str) -> None:
        """Look among ``jobs`` for those of ``kind``, whose status is told below ``path``."""
        self._jobs, self._kind, self._path = jobs, kind, path

    async def get(self, user: str, job: UUID) -> JobRecord:
        """Return a job of ``user``; raises NotFoundError."""
        record = await self._jobs.get(job, user)
        if record is None or record.kind != self._kind.name:
            raise NotFoundError("there is no such job")
        return record

    async def cancel(self, user: str, job: UUID) -> None:
        """Cancel a job; raises NotFoundError, ConflictError if it is over in another way."""
        record = await self.get(user, job)
        if not await self._jobs.cancel(record.id):
            record = await self.get(user, job)
            if record.state != "cancelled":
                raise ConflictError(f"this job is {record.state} already")

    def address(self, record: JobRecord) -> str:
        """Return the path at which the job's status is told."""
        return f"{self._path}/{record.id}"

    async def told(self, record: JobRecord) -> dict[str, Any]:
        """Return the fields that every job's answer has."""
        idle = record.state == "waiting" and not await self._jobs.worker_lives()
        done = record.state == "done"
        return {
            "id": record.id, "state": record.state, "error": record.error, "created_at": record.created_at,
            "progress": 1.0 if done else (record.progress or {}).get("part", 0.0), "finished_at": record.finished_at,
            "status_url": self.address(record), "note": NOBODY if idle else None,
        }  # fmt: skip
