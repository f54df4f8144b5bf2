"""The background jobs as a section of the overview."""

from tandem.core.database.pool import Database
from tandem.core.jobs import Jobs
from tandem.core.monitoring.schemas import JobFigures


class JobsSection:
    """Counts by queue and state. Raises DatabaseUnavailableError or PoolExhaustedError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Ask ``database``."""
        self._jobs = Jobs(database)

    async def __call__(self) -> JobFigures:
        """Return how things stand."""
        found = await self._jobs.overview()
        queues: dict[str, dict[str, int]] = {}
        for one in found.counts:
            queues.setdefault(one.queue, {})[one.state] = one.count
        oldest = found.oldest_waiting
        return JobFigures(
            queues=queues,
            oldest_waiting_seconds=None if oldest is None else round(oldest, 1),
            workers=len(found.workers),
        )
