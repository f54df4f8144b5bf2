"""The task that moves spilled records into PostgreSQL, its own worker's and those of dead ones."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.usage import ledger
from tandem.usage.line import line_of
from tandem.usage.segments import read
from tandem.usage.spill import Spill

log = logging.getLogger(__name__)

MOST_KEPT: Final = 10_000
"""Records kept in memory while the disk takes none."""

INTERVAL: Final = 0.2
"""Seconds that a record waits for others to be stored with it."""

BATCH: Final = 500
"""Records in one statement; so many waiting are stored at once."""

LOOK_SECONDS: Final = 1.0
"""Seconds between two looks at the size of the spill."""

CLAIM_SECONDS: Final = 5.0
"""Seconds between two looks for dead workers."""

LONGEST_PAUSE: Final = 2.0
"""Seconds between two attempts to store, at most."""

REJECTED_LIMIT: Final = 16 * 1024**2
"""Bytes of the file of records that the table refused."""


@dataclass(slots=True)
class Counts:
    """What has happened since the start; meant as :class:`~tandem.usage.recorder.RecorderStatistics` says."""

    stored: int = 0
    known: int = 0
    torn: int = 0
    rejected: int = 0
    lost: int = 0
    claimed: int = 0
    failures: int = 0


class Storing:
    """Stores every :data:`INTERVAL`, or as soon as many records wait or somebody asks; never gives up."""

    def __init__(
        self, database: Database, spill: Spill, rejected: Path, *, interval: float, claim_seconds: float
    ) -> None:
        """Move from ``spill`` into ``database``; what the table refuses goes to the file ``rejected``."""
        self._database, self._spill, self._rejected = database, spill, rejected
        self._interval, self._claim_seconds = interval, claim_seconds
        self._kept: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None
        self._some = self._many = self._asked = False
        self._news = asyncio.Event()
        self._progress = asyncio.Event()
        self._looked = self._sought = float("-inf")
        self.counts = Counts()
        self.done = 0
        """This worker's records that are off the spill."""
        self.others = 0
        """Bytes of other workers' segments at the last look."""
        self.disk_is_broken = False
        """Whether the last record could not be written."""

    @property
    def is_running(self) -> bool:
        """Whether the task lives."""
        return self._task is not None and not self._task.done()

    def open(self) -> None:
        """Begin; what dead workers left is looked for at once."""
        self._ask()
        self._task = asyncio.create_task(self._run(), name="usage-storing")

    async def close(self) -> None:
        """Stop; what is in memory alone is lost."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._kept:
            self.counts.lost += len(self._kept)
            log.error("%d usage records could be kept nowhere", len(self._kept))

    def tell(self, *, many: bool) -> None:
        """Say that there is a record to store, perhaps one of ``many``."""
        if many or not self._some:
            self._some, self._many = True, many
            self._news.set()

    def keep(self, record: bytes) -> None:
        """Keep a record that the disk did not take."""
        self.disk_is_broken = True
        if len(self._kept) < MOST_KEPT:
            self._kept.append(record)
        else:
            self.counts.lost += 1
            self.done += 1

    async def reach(self, records: int, seconds: float) -> bool:
        """Wait until so many of this worker's records are off the spill; False after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                while self.done < records:
                    self._ask()
                    await self._progress.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wait(failures)
            try:
                await self._look_around()
                await self._store_all()
            except Exception as error:
                expected = isinstance(error, OperationalError | OSError)
                level = logging.DEBUG if failures else logging.WARNING if expected else logging.ERROR
                log.log(
                    level, "usage is kept on disk until it can be stored: %s", error, exc_info=not expected
                )
                failures += 1
                self.counts.failures += 1
            else:
                failures = 0

    async def _wait(self, failures: int) -> None:
        """Return when there is something to store, or it is time to look around or to try again."""
        if failures:
            # Askers hurry the next attempt, but not without end.
            await asyncio.sleep(0.05)
            pause = random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 0.1 * 2.0 ** min(failures, 6))
            await self._until(lambda: self._asked, pause)
        else:
            await self._until(lambda: self._some or self._asked, LOOK_SECONDS)
            if self._some:
                await self._until(lambda: self._many or self._asked, self._interval)
        self._some = self._many = self._asked = False

    def _ask(self) -> None:
        self._asked = True
        self._news.set()

    async def _until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when ``ready``, after ``seconds`` at the latest; without a task, so that their number says something."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not ready():
                    self._news.clear()
                    await self._news.wait()

    async def _look_around(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._sought >= self._claim_seconds:
            self._sought = now
            try:
                claims = await asyncio.to_thread(self._spill.claimable)
            except OSError as error:
                log.warning("what dead workers left cannot be looked for: %s", error)
            else:
                self._spill.take(claims)
                self.counts.claimed += len(claims)
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self.others = await asyncio.to_thread(self._spill.size_of_others)

    async def _store_all(self) -> None:
        if self.disk_is_broken:
            await self._mend()
        while (found := await self._oldest()) is not None:
            path, own = found
            torn = 0
            batches = read(path, BATCH)
            try:
                while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                    torn += batch.torn
                    await self._store(batch.records)
            except FileNotFoundError:
                self.counts.lost += own
                log.error("%d usage records are lost: somebody deleted %s", own, path.name)  # noqa: TRY400
            await asyncio.to_thread(path.unlink, missing_ok=True)
            self._spill.forget(path)
            self.counts.torn += torn
            self._advance(own)

    async def _oldest(self) -> tuple[Path, int] | None:
        if (own := self._spill.oldest()) is not None or not self._spill.has_claims:
            return own
        return await asyncio.to_thread(self._spill.oldest_claimed)

    async def _store(self, records: list[bytes]) -> None:
        if not records:
            return
        stored = await ledger.store(self._database, records)
        self.counts.stored += stored.added
        self.counts.known += stored.known
        for record in stored.refused:
            self.counts.rejected += 1
            await asyncio.to_thread(self._set_aside, record)

    async def _mend(self) -> None:
        """Store what the disk did not take, and see whether it takes something again."""
        while self._kept:
            records = list(self._kept)[:BATCH]
            await self._store(records)
            for _ in records:
                self._kept.popleft()
            self._advance(len(records))
        with suppress(OSError):
            self._spill.try_out()
            self.disk_is_broken = False

    def _set_aside(self, record: bytes) -> None:
        with suppress(OSError):
            if not self._rejected.exists() or self._rejected.stat().st_size < REJECTED_LIMIT:
                with self._rejected.open("ab") as file:
                    file.write(line_of(record))

    def _advance(self, records: int) -> None:
        if records:
            self.done += records
            self._progress.set()
            self._progress = asyncio.Event()
