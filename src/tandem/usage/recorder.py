"""Recording what each attempt to have a model answer cost, so that no finished record is ever lost.

**What is promised.** When :meth:`UsageRecorder.put` returns, the record is in a file (one ``write`` by the kernel)
and will be in PostgreSQL exactly once, whoever is killed from then on: this process, PostgreSQL, or both. A task
stores the files' content every 0.2 s or 500 records; a file is deleted only after PostgreSQL has committed
all of it, and what is stored twice is known by its id. The files of a killed worker are taken over by a living one,
at start and every few seconds.

**fsync.** Records are not fsynced one by one: that would cost milliseconds on the event loop for each answer, to
cover a loss of power within the 0.2 s before PostgreSQL, which does fsync, has them. While PostgreSQL is away the
same holds for what the kernel has not written back yet, about 30 s.

**Fail modes.** PostgreSQL away: records wait on disk, 256 MiB of all workers together; then :attr:`is_full`, and
:meth:`require_room` answers new calls with 503 while calls under way are still recorded. Disk full or broken:
``put`` raises, keeps the record in memory (10,000 of them) on its way to PostgreSQL, and ``is_full`` is true until
writing works again. A torn line is skipped and counted; a record that the table refuses goes to
``rejected.jsonl`` beside the spill and is counted.

Records of other workers are in PostgreSQL at most their 0.2 s later; :meth:`flush` sees to one's own.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.core.database.pool import Database
from tandem.usage.errors import UsageSpillError
from tandem.usage.events import UsageEvent
from tandem.usage.line import encode, line_of
from tandem.usage.spill import Spill
from tandem.usage.storing import BATCH, CLAIM_SECONDS, INTERVAL, Storing

SPILL_LIMIT: Final = 256 * 1024**2
"""Bytes of unstored records, of all workers of this installation together, before new calls get 503."""

CLOSE_SECONDS: Final = 3.0
"""How long closing waits for the last records to be stored; the rest is left to other workers."""


@dataclass(frozen=True, slots=True)
class RecorderStatistics:
    """One look at the recorder; counts are since it was opened."""

    put: int
    """Records taken."""
    stored: int
    """Rows added to PostgreSQL, those of dead workers included."""
    known: int
    """Records found to be in PostgreSQL already."""
    torn: int
    """Lines skipped because a crash had cut them."""
    rejected: int
    """Records that the table refused."""
    lost: int
    """Records that could be kept nowhere; must stay 0."""
    pending: int
    """This worker's records that are not in PostgreSQL yet."""
    spill_bytes: int
    """Unstored bytes on disk, of all workers."""
    claimed: int
    """Directories taken over from dead workers."""
    failures: int
    """Attempts to store that failed."""
    is_full: bool
    """Whether new calls are refused."""


class UsageRecorder:
    """See the module's text. For one event loop; ``put`` may be called from any of its tasks."""

    def __init__(
        self, database: Database, root: Path, *, limit: int = SPILL_LIMIT, interval: float = INTERVAL,
        claim_seconds: float = CLAIM_SECONDS,
    ) -> None:  # fmt: skip
        """Store in ``database``, spill below ``root`` (``TANDEM_HOME/usage``), at most ``limit`` bytes."""
        self._root, self._limit = root, limit
        self._spill = Spill(root)
        self._storing = Storing(
            database, self._spill, root / "rejected.jsonl", interval=interval, claim_seconds=claim_seconds
        )
        self._put = 0
        self._open = False

    async def open(self) -> None:
        """Make the spill, take over what dead workers left, begin to store; raises UsageSpillError."""
        try:
            await asyncio.to_thread(self._spill.open)
        except OSError as error:
            raise UsageSpillError(f"usage cannot be recorded: {self._root} cannot be written") from error
        self._storing.open()
        self._open = True

    async def close(self) -> None:
        """Store what is left, for a bounded time, and leave the rest to others."""
        await self.flush(CLOSE_SECONDS)
        self._open = False
        await self._storing.close()
        self._spill.close()

    async def ping(self) -> None:
        """Raise UsageSpillError while new calls are refused or nothing stores."""
        self.require_room()
        if not self._storing.is_running:
            raise UsageSpillError("usage is not being stored")

    @property
    def is_full(self) -> bool:
        """Whether no further cost may be caused: there is no room on disk for its record.

        Other workers' bytes are as of the last look, a second ago at most; so together they may pass the limit
        by what they record in a second.
        """
        return self._storing.disk_is_broken or self._spilled >= self._limit

    def require_room(self) -> None:
        """Raise UsageSpillError (503) if a new call's record would find no room."""
        if self.is_full:
            raise UsageSpillError(
                "usage cannot be recorded at the moment, so no model is asked", retry_after=5
            )

    def put(self, event: UsageEvent) -> None:
        """Record ``event``; when this returns, a crash can no longer lose it. Takes some 20 us.

        Raises UsageSpillError if it could not be written; the record is then kept in memory as long as there
        is room, and reaches PostgreSQL if this process lives.
        """
        if not self._open:
            raise UsageSpillError("usage is not recorded any more")
        self._put += 1
        record = encode(event)
        try:
            self._spill.append(line_of(record))
        except OSError as error:
            self._storing.keep(record)
            raise UsageSpillError("usage cannot be written to disk") from error
        finally:
            self._storing.tell(many=self._put - self._storing.done >= BATCH)

    async def flush(self, seconds: float = 1.0) -> bool:
        """Wait until all that was put so far is in PostgreSQL; False if it is not within ``seconds``."""
        return await self._storing.reach(self._put, seconds)

    def statistics(self) -> RecorderStatistics:
        """Return one look at the recorder."""
        counts = self._storing.counts
        return RecorderStatistics(
            put=self._put, stored=counts.stored, known=counts.known, torn=counts.torn, rejected=counts.rejected,
            lost=counts.lost, pending=self._put - self._storing.done, spill_bytes=self._spilled,
            claimed=counts.claimed, failures=counts.failures, is_full=self.is_full,
        )  # fmt: skip

    @property
    def _spilled(self) -> int:
        return self._spill.size + self._storing.others
