"""What kinds of jobs there are, as the services declare them; this room knows none of them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tandem.core.jobs.running import RunningJob


class Queue(StrEnum):
    """Where a job waits: jobs of one queue compete for the same thing, and only with each other."""

    MODELS = "models"
    """Work for the CPU: embeddings, fits, transcriptions."""
    LANGUAGE = "language"
    """Calls to language models: long, and waiting most of the time."""
    HOUSEKEEPING = "housekeeping"
    """Short and cheap."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job; a module-level constant of the service that enqueues it."""

    name: str
    """Unique, such as ``pomodoro.embed``."""
    queue: Queue
    attempts: int = 5
    """How often it is tried in all, deaths of the worker included."""
    pause: float = 2.0
    """Seconds before the second attempt, doubled for each further one, up to five minutes, with jitter."""
    patience: float = 900.0
    """Seconds that one attempt may take."""
    most_waiting: int = 10_000
    """Jobs of this kind that may wait; the next one is refused."""


Handler = Callable[["RunningJob"], Awaitable[Any]]
"""Does one job and returns its result as small JSON.

It may run twice, when a worker dies between the work and the note that it is done: what it writes must be safe to write
again. An exception means another attempt, :class:`~tandem.core.jobs.errors.HopelessJobError` and a ClientError do not.
"""

LONGEST_PAUSE: Final = 300.0
"""Seconds between two attempts at most."""


class Handlers:
    """Which handler does which kind, in one worker."""

    def __init__(self, handlers: Mapping[JobKind, Handler] | None = None) -> None:
        """Begin with ``handlers``."""
        self._by_name: dict[str, tuple[JobKind, Handler]] = {}
        self.add(handlers or {})

    def add(self, handlers: Mapping[JobKind, Handler]) -> None:
        """Take over ``handlers``; raises ValueError for a name that is known already."""
        for kind, handler in handlers.items():
            if kind.name in self._by_name:
                raise ValueError(f"two kinds of jobs are called {kind.name}")
            self._by_name[kind.name] = (kind, handler)

    def find(self, name: str) -> tuple[JobKind, Handler] | None:
        """Return kind and handler, None for a kind of another release or of a service that is not here."""
        return self._by_name.get(name)

    @property
    def names(self) -> Iterable[str]:
        """All kinds."""
        return sorted(self._by_name)
