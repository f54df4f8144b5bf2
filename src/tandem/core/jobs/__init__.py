"""Background jobs on PostgreSQL.

A service declares kinds of jobs (:class:`JobKind`), enqueues them (:meth:`Jobs.enqueue`, within its own transaction if it
likes) and gives `tandem jobs run` a handler for each. The queue is pgqueuer's; what a job is, how far it got and what came
of it stands in a table of ours.
"""

from tandem.core.jobs.errors import HopelessJobError, LostJobError, QueueFullError
from tandem.core.jobs.jobs import Jobs
from tandem.core.jobs.kinds import Handler, JobKind, Queue
from tandem.core.jobs.record import JobRecord, JobsOverview
from tandem.core.jobs.running import RunningJob

__all__ = [
    "Handler",
    "HopelessJobError",
    "JobKind",
    "JobRecord",
    "Jobs",
    "JobsOverview",
    "LostJobError",
    "Queue",
    "QueueFullError",
    "RunningJob",
]
