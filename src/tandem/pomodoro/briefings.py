"""Morning briefings that are ready before the morning: written by the language model at each user's local time.

Nothing is prepared where the rules write: they need no time. The answer is kept where the route looks for it, so whoever asks
in the morning gets it at once, as long as no session was added meanwhile. Fail mode: a model that cannot be asked is asked again
by the job's attempts; after them the route asks it as if nothing had been prepared.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from tandem.ai.messages import Asker
from tandem.core.clock import zone_named
from tandem.core.errors import ConfigurationError, OperationalError
from tandem.core.i18n import translator
from tandem.core.jobs import RunningJob
from tandem.core.jobs.contribution import Workshop
from tandem.core.jobs.rhythms import Daily
from tandem.core.jobs.scheduler import Appointment
from tandem.pomodoro.dependencies import Factory
from tandem.pomodoro.jobs import BRIEF
from tandem.pomodoro.models.ai_analyzer.morning_briefing import MORNING_BRIEFING
from tandem.pomodoro.services.ai_service import NO_MODEL, TOO_LITTLE, Asking
from tandem.pomodoro.services.snapshot_reader import Caller

ACTIVE_DAYS: Final = 14
"""Who has had no session for longer gets no briefing ahead."""

MOST: Final = 10_000
MODEL_SECONDS: Final = 60.0

_ACTIVE: Final = """
    SELECT v.user_id, us.timezone FROM data_versions v LEFT JOIN user_settings us USING (user_id)
    WHERE v.user_id NOT LIKE '#%' AND EXISTS (
        SELECT FROM sessions s WHERE s.user_id = v.user_id AND s.date >= $1 AND s.origin IS DISTINCT FROM 'demo'
    )
    ORDER BY v.user_id LIMIT $2
"""


class Briefings:
    """Plans and prepares briefings in the process that does jobs."""

    def __init__(self, workshop: Workshop, at: dt.time) -> None:
        """Prepare them at ``at`` on each user's clock."""
        self._workshop, self._at = workshop, at
        self._stack = AsyncExitStack()
        self._factory: Factory | None = None

    async def open(self) -> None:
        """Open what the service itself opens: a briefing is made by the same parts, whoever asks for it."""
        from tandem.pomodoro.app import create_app  # noqa: PLC0415 - only where a model writes

        # Nothing listens here, so nobody needs a key.
        settings = self._workshop.settings.model_copy(update={"auth": "off"})
        app = create_app(settings, self._workshop.clock)
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        self._factory = Factory(app.state.context)

    async def close(self) -> None:
        """Close it."""
        await self._stack.aclose()

    async def ping(self) -> None:
        """Nothing to say: a briefing that cannot be made fails its own job."""

    async def plan(self) -> Sequence[Appointment]:
        """Return one appointment for each active user."""
        since = self._workshop.clock.now().date() - dt.timedelta(days=ACTIVE_DAYS)
        rows = await self._workshop.database.fetch(_ACTIVE, since, MOST)
        return [
            Appointment(f"briefing:{user}", Daily(self._at, self._zone(zone)), BRIEF, key=user, user=user)
            for user, zone in rows
        ]

    async def prepare(self, job: RunningJob) -> dict[str, Any]:
        """Have the briefing written and kept."""
        if self._factory is None:
            raise OperationalError("the service is not open yet")
        language = self._workshop.settings.language
        asker = Asker(user=job.user, key=None, endpoint="/api/ai/morning-briefing", request_id=str(job.id))
        asking = Asking(Caller(job.user, translator(language)), asker)
        answer = await self._factory.ai.answer(asking, MORNING_BRIEFING, None, seconds=MODEL_SECONDS)
        reason = getattr(answer, "error", None)
        if not answer.ai_generated and reason not in (NO_MODEL, TOO_LITTLE):
            raise OperationalError(f"the language model wrote no briefing: {reason}")
        return {"ai_generated": answer.ai_generated, "language": language, "reason": reason}

    def _zone(self, name: str | None) -> dt.tzinfo:
        if name:
            try:
                return zone_named(name)
            except ConfigurationError:
                # A zone that no longer exists must not keep everybody else's briefing away.
                return self._workshop.clock.zone
        return self._workshop.clock.zone
