"""What the cache routes accept and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class MemoryLevel(BaseModel):
    """This worker's memory."""

    entries: int = Field(examples=[120])
    bytes: int = Field(description="Approximate size.", examples=[262144])
    evicted: int = Field(description="Dropped to stay within the bound.", examples=[0])


class SharedLevel(BaseModel):
    """Redis, without its address."""

    configured: bool = Field(examples=[True])
    available: bool = Field(examples=[True])
    hits: int = Field(examples=[40])
    misses: int = Field(examples=[12])
    errors: int = Field(description="Calls that failed or took too long.", examples=[0])


class CacheStatus(BaseModel):
    """The response cache of the worker that answered."""

    status: Literal["ok", "degraded"] = Field(
        description="`degraded`: changes of data are not heard, so nothing kept is taken for current."
    )
    backend: Literal["memory", "memory+redis"]
    hits: int = Field(examples=[900])
    misses: int = Field(examples=[100])
    stale: int = Field(description="Kept answers given for want of a current one.", examples=[0])
    hit_rate: float | None = Field(description="0-1; null before the first request.", examples=[0.9])
    memory: MemoryLevel
    redis: SharedLevel
    tags: list[str] = Field(
        description="What `/api/cache/invalidate` understands.", examples=[["all", "predictions"]]
    )


class InvalidateBody(BaseModel):
    """Which answers are to be made unusable."""

    model_config = ConfigDict(frozen=True)

    tag: Annotated[str, Field(min_length=1, max_length=200, examples=["user:default", "predictions"])]


class Invalidated(BaseModel):
    """Every worker has heard it within 50 ms, or asks the database anyway."""

    status: Literal["invalidated"] = "invalidated"
    tag: str = Field(examples=["predictions"])


class Cleared(BaseModel):
    """Nothing that was kept is used any more, by no worker."""

    status: Literal["cleared"] = "cleared"
    dropped: int | None = Field(
        description="Entries removed from this worker's memory or Redis; null if Redis did not answer.",
        examples=[12],
    )
