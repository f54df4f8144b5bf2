"""What the cache routes answer (contract 2.19, with what is new beside it)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Count = Annotated[int, Field(ge=0)]


class CacheCounts(BaseModel):
    """The worker that answered, since its start."""

    hits: Count
    misses: Count
    stale: Count = Field(description="Kept answers given for want of a current one.")
    hit_rate: float | None = Field(description="0-1; null before the first request.")
    entries: Count = Field(description="Held in memory.")
    bytes: Count = Field(description="Their approximate size.")


class CacheStatus(BaseModel):
    """`GET /api/cache-status`."""

    cache_enabled: bool = Field(
        description="Whether Redis is configured. Without it each worker keeps answers in its memory."
    )
    redis_connected: bool = Field(description="Whether this worker shares answers by Redis.")
    redis_test: bool = Field(description="Whether Redis answered a PING just now.")
    default_ttl: int = Field(description="Seconds that an answer is good, unless its route says otherwise.")
    redis_url: str = Field(
        description="Host, port and database, never a user or password.",
        examples=["redis://cache:6379/0", "Not set"],
    )
    backend: Literal["memory", "memory+redis"]
    worker: CacheCounts


class CacheCleared(BaseModel):
    """`POST /api/cache-clear`."""

    success: bool = Field(
        description="As in the old service false without Redis; the memory of all workers is cleared nevertheless."
    )
    message: str
    dropped: int | None = Field(
        description="Entries removed; null if Redis did not answer: they are dropped when it is back."
    )


class TestValue(BaseModel):
    """What was written."""

    __test__ = False

    timestamp: str
    message: str


class RedisTested(BaseModel):
    """`GET /api/test-redis` when a value came back."""

    success: Literal[True] = True
    message: str
    test_key: str
    test_value: TestValue
    retrieved: TestValue = Field(description="What was read back.")
    timestamp: str = Field(description="Local time, no zone.", examples=["2026-03-02T09:15:00"])


class RedisFailed(BaseModel):
    """`GET /api/test-redis` when it did not."""

    success: Literal[False] = False
    error: str
    cache_enabled: bool
