"""Embedding what a person wrote: each different text once, in small batches that are each kept at once.

What is missing is found by asking the database, never by remembering what was told: so nothing is missed that was written by
REST, by import, or straight into PostgreSQL, and a batch that was lost with its worker is simply still missing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tandem.core.database.pool import Database
from tandem.core.jobs import RunningJob
from tandem.inference.embeddings import Embedder
from tandem.pomodoro.repositories.search_repository import MissingText, SearchRepository
from tandem.pomodoro.search.pieces import pieces
from tandem.pomodoro.search.space import Space, space_of

BATCH: Final = 16
"""Texts embedded and stored at a time: what a killed worker loses at most."""

LOOK: Final = 1000
"""Missing texts asked for at a time."""

SECONDS: Final = 20.0
"""After which a job ends and goes to the end of its queue, so that one person's import does not hold up everybody else."""

_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended('tandem.embed:' || $1, 0))"


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one job did."""

    embedded: int
    """Texts."""
    forgotten: int
    """Vectors of texts that are no more."""
    complete: bool
    """Whether everything is searchable now."""


class IndexingService:
    """Keeps one person's notes searchable."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        """Embed with ``embedder``, store through ``database``."""
        self._database, self._embedder = database, embedder
        self._repository = SearchRepository(database)

    @property
    def space(self) -> Space:
        """The space in which vectors are stored."""
        return space_of(self._embedder.name)

    async def behind(self, most: int = 1000) -> list[str]:
        """Return users whose notes may have to be embedded."""
        return await self._repository.behind(self.space.name, most)

    async def embed(self, job: RunningJob, *, seconds: float = SECONDS) -> Indexed:
        """Embed what is missing of the job's user, for about ``seconds``."""
        async with self._alone(job.user) as alone:
            if not alone:
                return Indexed(0, 0, complete=False)
            return await self._embed(job, seconds)

    async def _embed(self, job: RunningJob, seconds: float) -> Indexed:
        deadline = asyncio.get_running_loop().time() + seconds
        version, done = await self._repository.version(job.user), 0
        while missing := await self._repository.missing(job.user, self.space.name, LOOK):
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                await self._embed_batch(job.user, batch)
                done += len(batch)
                await job.progress(embedded=done, missing_at_least=len(missing) - start - len(batch))
                if asyncio.get_running_loop().time() > deadline:
                    return Indexed(done, 0, complete=False)
        forgotten = await self._repository.forget_unused(job.user)
        await self._repository.indexed(job.user, self.space.name, version)
        return Indexed(done, forgotten, complete=True)

    async def _embed_batch(self, user: str, texts: Sequence[MissingText]) -> None:
        cut = [(text.digest, place, piece) for text in texts for place, piece in enumerate(pieces(text.text))]
        # Texts of a length side by side: a batch costs as much as its longest text, as often as it has texts.
        cut.sort(key=lambda one: len(one[2]))
        embed = self._embedder.queries if self.space.symmetric else self._embedder.passages
        vectors = self.space.take(await embed([piece for _, _, piece in cut]))
        # All pieces of a text in one statement: a text is either embedded or not.
        await self._repository.put(
            user, self.space.name, [digest for digest, _, _ in cut], [place for _, place, _ in cut], vectors
        )

    @asynccontextmanager
    async def _alone(self, user: str) -> AsyncIterator[bool]:
        """Hold the right to embed for ``user`` as long as this process lives; tells whether it was free."""
        connection = await self._database.connect_apart("embed")
        try:
            yield bool(await connection.fetchval(_LOCK, user))
        finally:
            connection.terminate()
