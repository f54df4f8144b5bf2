"""The kept answers, for whoever operates the service."""

from fastapi import APIRouter

from tandem.core.problems import responses
from tandem.pomodoro.dependencies import ContextDep, FactoryDep
from tandem.pomodoro.schemas.cache import (
    CacheStatus,
    Cleared,
    InvalidateBody,
    Invalidated,
    MemoryLevel,
    SharedLevel,
)

router = APIRouter(prefix="/api/cache", tags=["cache"], responses=responses(503))


@router.get("/status", summary="What is kept")
async def status(factory: FactoryDep, context: ContextDep) -> CacheStatus:
    """Give this worker's counts; `/metrics` gives those of all workers."""
    facts = factory.caching.facts()
    memory, shared = facts.statistics.memory, facts.statistics.shared
    asked = facts.hits + facts.misses
    return CacheStatus(
        status="ok" if facts.listening else "degraded",
        backend="memory" if shared is None else "memory+redis",
        hits=facts.hits, misses=facts.misses, stale=facts.stale,
        hit_rate=round(facts.hits / asked, 4) if asked else None,
        memory=MemoryLevel(entries=memory.entries, bytes=memory.bytes, evicted=memory.evicted),
        redis=SharedLevel(
            configured=context.settings.redis_url is not None,
            available=shared is not None and shared.available,
            hits=shared.hits if shared else 0, misses=shared.misses if shared else 0, errors=shared.errors if shared else 0,
        ),
        tags=facts.tags,
    )  # fmt: skip


@router.post("/invalidate", summary="Make answers unusable", responses=responses(400, 413, 415))
async def invalidate(body: InvalidateBody, factory: FactoryDep) -> Invalidated:
    """Make all kept answers with a tag unusable: a family of routes, one route, or one user."""
    await factory.caching.invalidate(body.tag)
    return Invalidated(tag=body.tag)


@router.post("/clear", summary="Drop everything that is kept")
async def clear(factory: FactoryDep) -> Cleared:
    """Drop this service's kept answers; nothing else in Redis is touched."""
    return Cleared(dropped=await factory.caching.clear())
