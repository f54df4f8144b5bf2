"""FastAPI with fastapi-cache2 as the migration plan writes it: ``@cache(expire=300)``, in Redis when REDIS_URL is set."""

import os
from contextlib import asynccontextmanager

from answer import READY, Recommendation
from fastapi import FastAPI
from fastapi_cache import FastAPICache
from fastapi_cache.backends.inmemory import InMemoryBackend
from fastapi_cache.backends.redis import RedisBackend
from fastapi_cache.decorator import cache
from redis.asyncio import Redis


@asynccontextmanager
async def lifespan(_: FastAPI):
    """Open the cache."""
    url = os.environ.get("REDIS_URL")
    FastAPICache.init(RedisBackend(Redis.from_url(url)) if url else InMemoryBackend(), prefix="pomodoro-api")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/api/recommendation")
@cache(expire=300)
async def recommendation(category: str | None = None) -> Recommendation:  # noqa: ARG001 - part of the key
    """Return the ready answer."""
    return Recommendation(**READY)
