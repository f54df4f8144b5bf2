"""Jobs that begin by the clock: each slot once, whichever worker comes first, in one transaction with its job.

Fail mode: a slot that nobody took within its grace (no worker, no database) is left out rather than made up for at an odd hour.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError
from tandem.core.identity import DEFAULT_USER
from tandem.core.jobs import repository
from tandem.core.jobs.jobs import Jobs
from tandem.core.jobs.kinds import JobKind
from tandem.core.jobs.rhythms import Rhythm

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 15.0
"""How late a slot may be noticed."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A job that repeats; its ``name`` and the moment make a slot unique."""

    name: str
    rhythm: Rhythm
    kind: JobKind
    key: str = ""
    user: str = DEFAULT_USER
    payload: Mapping[str, Any] = field(default_factory=dict)
    grace: dt.timedelta = dt.timedelta(hours=2)
    """How long after its moment a slot may still be taken."""


Planner = Callable[[], Awaitable[Sequence[Appointment]]]
"""Returns the appointments there are now; asked at each look, since users come and go."""


class Scheduler:
    """Looks at all appointments again and again."""

    def __init__(self, database: Database, jobs: Jobs, clock: Clock, planners: Sequence[Planner]) -> None:
        """Enqueue through ``jobs`` at the times of ``clock``."""
        self._database, self._jobs, self._clock = database, jobs, clock
        self._planners = planners

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except OperationalError as error:
                log.info("nothing can be scheduled at the moment: %s", error)
            except Exception:
                log.exception("a plan could not be made")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Enqueue what is due and return how many jobs that were."""
        now, fired = self._clock.now(), 0
        for planner in self._planners:
            for appointment in await planner():
                slot = appointment.rhythm.latest(now)
                if now - slot <= appointment.grace:
                    fired += await self._fire(appointment, slot)
        return fired

    async def _fire(self, appointment: Appointment, slot: dt.datetime) -> bool:
        async with self._database.transaction() as connection:
            if not await repository.take_slot(connection, appointment.name, slot, appointment.user):
                return False
            await self._jobs.enqueue(
                appointment.kind, {**appointment.payload, "slot": slot.isoformat()}, key=appointment.key,
                user=appointment.user, connection=connection,
            )  # fmt: skip
        return True
