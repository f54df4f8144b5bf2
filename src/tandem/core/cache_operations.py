"""What an operator may see and do of the kept answers."""

from collections.abc import Callable
from dataclasses import dataclass

from tandem.core.cache.tiered import CacheStatistics
from tandem.core.database import data_versions
from tandem.core.database.events import ChangeEvent
from tandem.core.database.pool import Database
from tandem.core.database.version_board import TAG
from tandem.core.errors import InvalidInputError, OperationalError
from tandem.core.identity import user_name
from tandem.core.middleware.cached_routes import EVERYTHING, CachedRoutes
from tandem.core.middleware.response_cache import Backing, ResponseCache

USER_TAG = "user:"


@dataclass(frozen=True, slots=True)
class CacheFacts:
    """One look at this worker's cache."""

    listening: bool
    hits: int
    misses: int
    stale: int
    tags: list[str]
    statistics: CacheStatistics


class CacheOperations:
    """Invalidates for every worker at once, by raising a version that all of them listen to."""

    def __init__(
        self, responses: ResponseCache, database: Database, changed: Callable[[ChangeEvent], None]
    ) -> None:
        """Act on ``responses`` here, on ``database`` for all; ``changed`` tells this worker at once."""
        self._responses, self._database, self._changed = responses, database, changed

    def facts(self) -> CacheFacts:
        """Return what this worker's cache holds and has counted."""
        backing, routes = self._parts()
        return CacheFacts(
            backing.board.listening, self._responses.hits, self._responses.misses, self._responses.stale,
            [*routes.tags, f"{USER_TAG}<name>"], backing.cache.statistics(),
        )  # fmt: skip

    async def invalidate(self, tag: str) -> None:
        """Make all kept answers with ``tag`` unusable, in every worker and in Redis.

        Raises InvalidInputError for a tag that no answer has, DatabaseUnavailableError.
        """
        _, routes = self._parts()
        if tag.startswith(USER_TAG):
            name = user_name(tag.removeprefix(USER_TAG))
        elif tag in routes.tags:
            name = TAG + tag
        else:
            raise InvalidInputError(f"tag: one of {', '.join(routes.tags)}, {USER_TAG}<name>")
        async with self._database.transaction() as connection:
            version = await data_versions.raise_one(connection, name)
        self._changed(ChangeEvent(name, version, ()))

    async def clear(self) -> int | None:
        """Make everything unusable for all, and drop it here and in Redis (our own keys only).

        Returns how many entries were dropped; None if Redis did not answer. Raises DatabaseUnavailableError.
        """
        backing, _ = self._parts()
        await self.invalidate(EVERYTHING)
        return await backing.cache.clear()

    async def redis_answers(self) -> bool:
        """Whether Redis is in use and answers right now."""
        shared = self._parts()[0].cache.shared
        if shared is None:
            return False
        try:
            await shared.ping()
        except OperationalError:
            return False
        return True

    async def round_trip(self, value: bytes) -> tuple[str, bytes]:
        """Write ``value`` into Redis for some seconds and return its key and what was read back.

        Raises OperationalError when Redis is not configured or does not answer.
        """
        shared = self._parts()[0].cache.shared
        if shared is None:
            raise OperationalError("Redis is not configured, or not in use yet")
        return await shared.round_trip(value)

    def _parts(self) -> tuple[Backing, CachedRoutes]:
        backing, routes = self._responses.backing, self._responses.routes
        if backing is None or routes is None:
            raise OperationalError("the cache is not open yet")
        return backing, routes
