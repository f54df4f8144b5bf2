"""Putting a service's cache together from the settings."""

import asyncio
import contextlib
import hashlib
import logging
from typing import Final

from tandem import __version__
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import RedisStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.settings import Settings

log = logging.getLogger(__name__)

PAUSE: Final = 1.0
"""Seconds between attempts to learn which database this is."""

_IDENTITY: Final = """
    SELECT (SELECT system_identifier FROM pg_control_system())::text || '.' || oid::text
    FROM pg_database WHERE datname = current_database()
"""


class ServiceCache:
    """A resource: memory at once, Redis as soon as it is known whose data it would hold.

    The namespace of the keys names service, release, what the settings say about answers, and the database:
    versions of another database must never be taken for those of this one.
    """

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, *, service: str, also: object = ""
    ) -> None:
        """Cache for ``service``, whose data is in ``database``; ``also`` is what else its answers depend on."""
        self._settings, self._clock, self._database, self._service = settings, clock, database, service
        self.cache = TieredCache(MemoryStore(self._now, size=settings.cache_memory), None, self._now)
        self._also = also
        self._finding: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to look for Redis if one is configured; does not wait and does not fail."""
        if self._settings.redis_url is not None:
            self._finding = asyncio.create_task(self._find(self._settings.redis_url.get_secret_value()))

    async def close(self) -> None:
        """Stop what is being made, and close the connections."""
        if self._finding is not None:
            self._finding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._finding
        await self.cache.close()

    async def ping(self) -> None:
        """Raise OperationalError while Redis is configured and not in use."""
        if self._settings.redis_url is not None and self.cache.shared is None:
            raise OperationalError("Redis waits for the database")
        await self.cache.ping()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _find(self, url: str) -> None:
        while True:
            try:
                identity: str = await self._database.fetchval(_IDENTITY)
                break
            except OperationalError:
                await asyncio.sleep(PAUSE)
            except Exception:
                log.exception("the database does not say which one it is; Redis is not used for answers")
                return
        settings = self._settings
        told = repr((__version__, identity, settings.timezone, settings.categories, self._also)).encode()
        namespace = f"tandem:{self._service}:{hashlib.blake2b(told, digest_size=8).hexdigest()}:"
        self.cache.shared = RedisStore(
            url, namespace, now=self._now, monotonic=self._clock.monotonic, timeout=settings.cache_timeout
        )
