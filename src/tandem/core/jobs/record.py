"""What is known about a job."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

State = Literal["waiting", "running", "done", "failed", "cancelled"]

FINAL: Final[frozenset[State]] = frozenset({"done", "failed", "cancelled"})
"""States that a job never leaves."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job at one moment; all times are aware."""

    id: UUID
    kind: str
    queue: str
    key: str
    """The business key; empty for none."""
    user: str
    payload: dict[str, Any]
    state: State
    attempt: int
    """Attempts begun."""
    attempts: int
    """Attempts there may be."""
    progress: dict[str, Any] | None
    """What the handler said last, as small JSON."""
    result: Any
    """What the handler returned."""
    error: str | None
    """Why the last attempt failed, for people; never a traceback."""
    created_at: dt.datetime
    run_after: dt.datetime
    """Not begun before."""
    started_at: dt.datetime | None
    finished_at: dt.datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many jobs of one queue are in one state."""

    queue: str
    state: State
    count: int


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker process that said lately that it lives."""

    id: UUID
    host: str
    pid: int
    started_at: dt.datetime
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class JobsOverview:
    """All queues and workers at one moment, for status and monitoring."""

    counts: tuple[QueueCount, ...]
    """Finished jobs are counted for as long as they are kept."""
    oldest_waiting: float | None
    """Seconds for which the oldest job that could begin has been waiting; None if none is."""
    workers: tuple[WorkerSeen, ...]
    """Workers that live; empty means that nothing is being done."""

    def count(self, state: State, queue: str | None = None) -> int:
        """Return how many jobs are in ``state``, of one queue or of all."""
        return sum(c.count for c in self.counts if c.state == state and queue in (None, c.queue))
