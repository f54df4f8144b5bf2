"""The old service's cache routes: they show no secret and clear nothing that is not ours."""

from urllib.parse import urlsplit

from fastapi import APIRouter

from tandem.core.errors import OperationalError
from tandem.core.problems import responses
from tandem.tokimeki.dependencies import ContextDep, FactoryDep
from tandem.tokimeki.schemas.cache import (
    CacheCleared,
    CacheCounts,
    CacheStatus,
    RedisFailed,
    RedisTested,
    TestValue,
)

DEFAULT_TTL = 300
"""Seconds, as the old service says."""

router = APIRouter(prefix="/api", tags=["old paths"], responses=responses(503))


@router.get("/cache-status", summary="Cache")
async def cache_status(context: ContextDep, factory: FactoryDep) -> CacheStatus:
    """Tell whether Redis takes part, and what this worker has counted."""
    facts, url = factory.caching.facts(), context.settings.redis_url
    memory, asked = facts.statistics.memory, facts.hits + facts.misses
    answers = await factory.caching.redis_answers()
    return CacheStatus(
        cache_enabled=url is not None, redis_connected=facts.statistics.shared is not None and answers, redis_test=answers,
        default_ttl=DEFAULT_TTL, redis_url="Not set" if url is None else without_secrets(url.get_secret_value()),
        backend="memory" if facts.statistics.shared is None else "memory+redis",
        worker=CacheCounts(
            hits=facts.hits, misses=facts.misses, stale=facts.stale,
            hit_rate=round(facts.hits / asked, 4) if asked else None, entries=memory.entries, bytes=memory.bytes,
        ),
    )  # fmt: skip


@router.post("/cache-clear", summary="Clear the cache")
async def cache_clear(context: ContextDep, factory: FactoryDep) -> CacheCleared:
    """Drop this service's kept answers and prices, in all workers and in Redis; other keys stay."""
    dropped = await factory.caching.clear()
    await context.market.clear()
    if context.settings.redis_url is None:
        text = "Redis is not configured; the answers in the memory of all workers were dropped."
        return CacheCleared(success=False, message=text, dropped=dropped)
    if dropped is None:
        text = "Redis did not answer; the answers in memory were dropped, those in Redis will be when it is back."
        return CacheCleared(success=False, message=text, dropped=None)
    return CacheCleared(success=True, message="The kept answers were dropped.", dropped=dropped)


@router.get("/test-redis", summary="Test Redis")
async def test_redis(context: ContextDep, factory: FactoryDep) -> RedisTested | RedisFailed:
    """Write a value into Redis and read it back; without a working Redis `success` is false and `error` says why."""
    enabled = context.settings.redis_url is not None
    now = context.clock.now().replace(tzinfo=None).isoformat()
    written = TestValue(timestamp=now, message="written by /api/test-redis")
    try:
        key, read = await factory.caching.round_trip(written.model_dump_json().encode())
        retrieved = TestValue.model_validate_json(read)
    except (OperationalError, ValueError) as error:
        return RedisFailed(error=str(error), cache_enabled=enabled)
    return RedisTested(
        message="Redis works.", test_key=key, test_value=written, retrieved=retrieved, timestamp=now
    )


def without_secrets(url: str) -> str:
    """Return scheme, host, port and database of ``url``, without user, password and options."""
    parts = urlsplit(url)
    if not parts.hostname:
        return f"{parts.scheme}://"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    try:
        port = parts.port or 6379
    except ValueError:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}{parts.path if parts.path.strip('/').isdigit() else ''}"
