"""What `/api/v1/monitoring/overview` answers: the same for every service; what a service does not have is null."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Latency(_Answer):
    """Times in ms. Percentiles are estimated from a histogram; the mean is exact."""

    mean_ms: float | None = Field(description="Exact; null without requests.")
    p50_ms: float | None = Field(description="Null without requests, or when it lies beyond `beyond_ms`.")
    p95_ms: float | None
    p99_ms: float | None
    beyond_ms: float | None = Field(description="Longer ones are counted, but not told apart.")


class RouteFigures(_Answer):
    """One route in the range."""

    method: str = Field(examples=["GET"])
    route: str = Field(description="The template, never a raw path.", examples=["/api/prediction/today"])
    requests: Count
    errors_4xx: Count
    errors_5xx: Count
    latency: Latency


class RequestFigures(_Answer):
    """All requests in the range; probes and scrapes are in it."""

    total: Count
    per_second: float = Field(ge=0)
    errors_4xx: Count
    errors_5xx: Count
    error_rate: Share | None = Field(description="Share of 5xx; null without requests.")
    exceptions: Count = Field(description="5xx that nobody had foreseen.")
    latency: Latency
    by_status: dict[str, int]
    by_route: list[RouteFigures] = Field(description="The busiest first, 50 at most.")


class CacheFigures(_Answer):
    """The kept answers in the range."""

    hits: Count
    misses: Count
    stale: Count = Field(description="Kept answers given for want of a current one.")
    hit_rate: Share | None = Field(description="Null when nothing was looked for.")
    entries: Count = Field(description="Now, over all workers.")
    bytes: Count = Field(description="Now, over all workers.")


class LimitFigures(_Answer):
    """What went beyond a limit in the range."""

    refused: Count
    exempt: Count = Field(description="Let through: callers on loopback while authentication is off.")
    by_limit: dict[str, int] = Field(description="The refused ones.", examples=[{"requests by key": 3}])


class LoopFigures(_Answer):
    """How late the event loops were."""

    lag_p50_ms: float | None
    lag_p99_ms: float | None
    lag_mean_ms: float | None


class WorkerFigures(_Answer):
    """One living worker process."""

    name: str
    pid: int
    memory_bytes: Count | None = Field(description="Resident; null where the system does not tell.")
    cpu_seconds: float = Field(ge=0)
    started_at: dt.datetime | None
    tasks: Count | None
    requests: Count = Field(description="Since it started.")
    answering: bool = Field(description="Whether it is the one that gives this answer.")


class PoolFigures(_Answer):
    """The connections to PostgreSQL, over all workers, now."""

    limit: Count = Field(description="What all workers together may open.")
    open: Count
    in_use: Count
    waiting: Count = Field(description="Requests that wait for one.")
    exhausted: Count = Field(description="Requests in the range that none became free for.")


class UsageRow(_Answer):
    """Model calls of one model or one key in the range."""

    name: str = Field(description="The model, or the key's id; empty for calls without a key.")
    provider: str | None = None
    requests: Count
    failed: Count
    prompt_tokens: Count
    completion_tokens: Count
    cost_micro_usd: int | None = Field(description="Null when no price is known.")


class UsageFigures(_Answer):
    """Model calls in the range, from the ledger."""

    by_model: list[UsageRow]
    by_key: list[UsageRow]
    whose: str = Field(description="`all`, or the one user that the caller may see.")


class JobFigures(_Answer):
    """Background jobs of all services on this database, now."""

    queues: dict[str, dict[str, int]] = Field(
        description="Jobs by queue and state; finished ones for as long as they are kept.",
        examples=[{"models": {"waiting": 3, "running": 1}}],
    )
    oldest_waiting_seconds: float | None = Field(description="Null when nothing waits.")
    workers: Count = Field(description="Living processes that do jobs; 0: whatever waits goes on waiting.")


class Overview(_Answer):
    """What a service has been doing, over all of its workers."""

    service: str
    version: str
    status: str = Field(description="As `/readyz` says it.", examples=["ready"])
    parts: dict[str, str] = Field(description="What is wrong with which part; `ok` otherwise.")
    range: str = Field(examples=["15m"])
    start: dt.datetime = Field(description="Moment of the sample that the figures begin with.")
    end: dt.datetime
    seconds: float = Field(description="How long that is; rates are over this.")
    complete: bool = Field(description="Whether `start` reaches back as far as the range asks.")
    requests: RequestFigures
    cache: CacheFigures
    limits: LimitFigures
    event_loop: LoopFigures
    workers: list[WorkerFigures]
    pool: PoolFigures
    usage: UsageFigures | None = Field(description="Null in a service that calls no model.")
    jobs: JobFigures | None = Field(description="Null in a service without jobs.")
    unavailable: dict[str, str] = Field(description="Sections that could not be told now, and why.")
