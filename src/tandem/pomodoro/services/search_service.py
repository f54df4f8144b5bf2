"""Search in a person's notes, by meaning and by words, in whichever of the two languages.

Fail modes: without the embedding model, or while it is overloaded or slow, notes are ranked by their words alone, and the
answer says so (``ranking``); without PostgreSQL there is no answer (DatabaseUnavailableError).
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from tandem.core.clock import Clock
from tandem.core.errors import OperationalError
from tandem.core.jobs import Jobs
from tandem.core.observability.logger import get_logger
from tandem.inference.embeddings import LOCAL_DIMENSIONS, LOCAL_NAME, Embedder
from tandem.inference.errors import ModelFailedError
from tandem.pomodoro.repositories.search_repository import FoundNote, SearchRepository
from tandem.pomodoro.search.fusion import fuse
from tandem.pomodoro.search.space import Vectors, space_of
from tandem.pomodoro.search.words import SHARE, pattern, weigh, words_of

log = get_logger(__name__)

EMBED_SECONDS: Final = 5.0
"""How long a question waits for its vector: usually 25 ms, some seconds while the model is being loaded."""

MEANING_SAYS: Final = 0.4
"""Similarity below which a note has little to do with the question."""

WORDS_SAY: Final = 0.15
"""Part of a question's words below which a note has little to do with it, where there is nothing else to go by."""

Ranking = Literal["meaning_and_words", "words"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, and where."""

    text: str
    limit: int = 10
    min_similarity: float | None = None
    """None: what suits the ranking, :data:`MEANING_SAYS` or :data:`WORDS_SAY`."""
    days: int = 30


@dataclass(frozen=True, slots=True)
class Hit:
    """A note that was found, and how alike it is: by meaning, or by words where meaning is not known. 0-1."""

    note: FoundNote
    similarity: float


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first."""

    hits: Sequence[Hit]
    ranking: Ranking
    model: str
    dimensions: int
    pending: int
    """Notes in reach that are not embedded yet: they can be found by their words only."""
    worker: bool
    """Whether anybody is embedding."""


class SearchService:
    """Searches one user's notes."""

    def __init__(
        self, repository: SearchRepository, embedder: Embedder | None, jobs: Jobs, clock: Clock
    ) -> None:
        """Embed questions with ``embedder``, None where no model is installed."""
        self._repository, self._embedder, self._jobs, self._clock = repository, embedder, jobs, clock

    async def search(self, user: str, question: Question) -> Found:
        """Return the notes that answer ``question``; raises DatabaseUnavailableError."""
        since = self._clock.now() - dt.timedelta(days=question.days)
        by_words, (near, pending) = await asyncio.gather(
            self._by_words(user, since, question.text), self._by_meaning(user, since, question.text)
        )
        scores, least, told = by_words, WORDS_SAY, list(by_words)
        if near is not None:
            # What is not embedded yet is as alike as its words say.
            scores, least = by_words | near, MEANING_SAYS
            told = [session for session, share in by_words.items() if share >= SHARE]
        if question.min_similarity is not None:
            least = question.min_similarity
        order = [session for session in fuse(list(near or ()), told) if scores[session] >= least]
        notes = await self._repository.get(user, order[: question.limit])
        hits = [
            Hit(notes[session], scores[session]) for session in order[: question.limit] if session in notes
        ]
        model = self._embedder.name if self._embedder else LOCAL_NAME
        return Found(
            hits, "words" if near is None else "meaning_and_words", model,
            (self._embedder.dimensions if self._embedder else None) or LOCAL_DIMENSIONS, pending,
            await self._jobs.worker_lives(),
        )  # fmt: skip

    async def related(self, user: str, query: str, most: int) -> Sequence[str]:
        """Return up to ``most`` notes of the last 30 days related to ``query``, the most related first."""
        found = await self.search(user, Question(query, limit=most))
        return [hit.note.notes or hit.note.task or "" for hit in found.hits]

    async def _by_words(self, user: str, since: dt.datetime, text: str) -> dict[UUID, float]:
        words = words_of(text)
        if not words:
            return {}
        found = await self._repository.by_words(user, since, [pattern(word) for word in words])
        if not found:
            return {}
        names = {str(session): session for session in found}
        weights = weigh(
            {name: found[session] for name, session in names.items()},
            len(words),
            await self._repository.count(user, since),
        )
        return {names[name]: weight for name, weight in sorted(weights.items(), key=lambda one: -one[1])}

    async def _by_meaning(
        self, user: str, since: dt.datetime, text: str
    ) -> tuple[dict[UUID, float] | None, int]:
        """Return similarities, the highest first, and how many notes have none; None when the question has no vector."""
        vector = await self._embedded(text)
        if vector is None or self._embedder is None:
            return None, 0
        space = space_of(self._embedder.name)
        near = await self._repository.by_meaning(user, since, space.name, space.take(vector))
        return {session: space.similarity(cosine) for session, cosine in near.found}, near.missing

    async def _embedded(self, text: str) -> Vectors | None:
        if self._embedder is None:
            return None
        try:
            async with asyncio.timeout(EMBED_SECONDS):
                return await self._embedder.queries([text])
        except (TimeoutError, OperationalError, ModelFailedError) as error:
            log.event("EMBEDDING_ERROR", "a question was answered by words alone", level="WARNING",
                      context={"reason": str(error) or type(error).__name__})  # fmt: skip
            return None
