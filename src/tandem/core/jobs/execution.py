"""One entry of the queue, from the moment it is handed out until it is settled.

Order of notes: our own table first, the library's queue after it. A worker that dies in between leaves an entry that is
handed out again and found to be over, never a job that is forgotten.
"""

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job

from tandem.core.database.pool import Database
from tandem.core.errors import ClientError, TandemError
from tandem.core.jobs import repository
from tandem.core.jobs.driver import patiently
from tandem.core.jobs.errors import HopelessJobError, LostJobError
from tandem.core.jobs.kinds import LONGEST_PAUSE, Handlers, JobKind
from tandem.core.jobs.record import JobRecord
from tandem.core.jobs.running import RunningJob
from tandem.core.observability.logger import get_logger

log = get_logger(__name__)

LARGEST_RESULT: Final = 4 * 1024 * 1024
"""Bytes of JSON that a handler may return."""

UNKNOWN_SECONDS: Final = 60.0
"""After which a job of a kind that this worker does not know is offered again, perhaps to one that does."""

LONGEST_ERROR: Final = 500
"""Characters of an error that are kept."""


class Execution:
    """Does whatever entry it is given; one for all queues of a worker."""

    def __init__(self, database: Database, handlers: Handlers) -> None:
        """Note through ``database`` what becomes of each job."""
        self._database = database
        self._handlers = handlers
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Interrupt what runs: it goes back to the queue and the attempt is not counted."""
        self._hurry.set()

    async def __call__(self, entry: Job, context: Context) -> None:
        """Do the job behind ``entry``; raises RetryRequested when the queue is to keep it."""
        if entry.payload is None or len(entry.payload) != 16:
            return
        record = await patiently(lambda: repository.begin(self._database, UUID(bytes=entry.payload)))
        if record is None:
            return
        found = self._handlers.find(record.kind)
        if found is None:
            await self._back(record, None, UNKNOWN_SECONDS, charged=False)
        elif record.attempt > record.attempts:
            await self._settle(
                lambda: repository.fail(self._database, record, record.error or "its worker died each time")
            )
        else:
            await self._run(record, *found, context)

    async def _run(
        self,
        record: JobRecord,
        kind: JobKind,
        handler: Callable[[RunningJob], Awaitable[Any]],
        context: Context,
    ) -> None:
        started = asyncio.get_running_loop().time()
        try:
            result = await self._interruptible(
                handler(RunningJob(record, self._database)), kind.patience, context
            )
            _check_size(result)
        except LostJobError:
            log.info("a job was given away or cancelled while it ran", extra={"job": str(record.id)})
        except _Interrupted:
            await self._back(record, None, 0.0, charged=False)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the outcome
            await self._failed(record, kind, error)
        else:
            await self._settle(lambda: repository.finish(self._database, record, result))
            log.event(
                "JOB_DONE", record.kind, level="DEBUG", context={"job": str(record.id), "attempt": record.attempt},
                metrics={"duration_ms": round((asyncio.get_running_loop().time() - started) * 1000, 1)},
            )  # fmt: skip

    async def _interruptible(self, work: Awaitable[Any], patience: float, context: Context) -> Any:
        """Await ``work``; raises _Interrupted at a stop, LostJobError when it is cancelled, TimeoutError when it is too long."""
        doing = asyncio.ensure_future(work)
        hurry = asyncio.ensure_future(self._hurry.wait())
        try:
            with context.cancellation:
                await asyncio.wait((doing, hurry), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()
            if not doing.done():
                doing.cancel()
                await asyncio.wait((doing,))
        if context.cancellation.cancel_called:
            raise LostJobError
        if doing.cancelled():
            if self._hurry.is_set():
                raise _Interrupted
            raise TimeoutError(f"it took longer than {patience:g} s")
        return doing.result()

    async def _failed(self, record: JobRecord, kind: JobKind, error: Exception) -> None:
        reason = _reason(error)
        hopeless = isinstance(error, HopelessJobError | ClientError)
        log.event(
            "JOB_FAILED", record.kind, level="WARNING",
            context={"job": str(record.id), "attempt": record.attempt, "attempts": record.attempts, "hopeless": hopeless},
            error=None if hopeless or isinstance(error, TandemError) else error,
        )  # fmt: skip
        if hopeless or record.attempt >= record.attempts:
            await self._settle(lambda: repository.fail(self._database, record, reason))
        else:
            pause = min(LONGEST_PAUSE, kind.pause * 2.0 ** (record.attempt - 1)) * random.uniform(0.75, 1.25)
            await self._back(record, reason, pause, charged=True)

    async def _back(self, record: JobRecord, reason: str | None, pause: float, *, charged: bool) -> None:
        delay = dt.timedelta(seconds=pause)
        kept = await self._settle(
            lambda: repository.again(self._database, record, reason, delay, charged=charged)
        )
        if kept:
            raise RetryRequested(delay=delay, reason=reason)

    async def _settle(self, note: Callable[[], Awaitable[bool]]) -> bool:
        """Write ``note`` however long PostgreSQL is away; tells whether the attempt still counted."""
        try:
            return await patiently(note)
        except asyncpg.UniqueViolationError:
            # Another job of this key came to wait at this very moment; now the note sees it.
            return await patiently(note)


class _Interrupted(Exception):  # noqa: N818 - no error, an order
    """The worker stops."""


def _check_size(result: Any) -> None:
    try:
        size = len(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS))
    except TypeError as error:
        raise HopelessJobError(f"the result is no JSON: {error}") from error
    if size > LARGEST_RESULT:
        raise HopelessJobError(f"the result has {size} bytes; {LARGEST_RESULT} are kept at most")


def _reason(error: Exception) -> str:
    """Return what people may read: texts of our own errors, of others only the kind of error."""
    if isinstance(error, TandemError | HopelessJobError | TimeoutError):
        return (str(error) or type(error).__name__)[:LONGEST_ERROR]
    return f"an unexpected {type(error).__name__}; the worker's log tells more"
