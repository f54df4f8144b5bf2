"""What a service brings to the process that does jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.jobs.jobs import Jobs
from tandem.core.jobs.kinds import Handler, JobKind
from tandem.core.jobs.scheduler import Planner
from tandem.core.resources import Resources
from tandem.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a worker process has to offer to handlers."""

    settings: Settings
    clock: Clock
    database: Database
    jobs: Jobs
    """To enqueue further jobs."""
    resources: Resources
    """Whatever a handler needs open is added here and closed at the end."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Which jobs a service can do, and which it wants done by the clock."""

    handlers: Mapping[JobKind, Handler] = field(default_factory=dict)
    planners: Sequence[Planner] = ()
