"""Demonstration sessions in the database: put there once a day, taken away for good."""

from typing import Final

from tandem.core.clock import Clock
from tandem.core.database.pool import Database
from tandem.core.identity import DEFAULT_USER
from tandem.pomodoro.repositories.import_repository import ImportRepository
from tandem.pomodoro.repositories.session_repository import SessionRepository
from tandem.pomodoro.sources.demo import demo_sessions

_STATE_SQL: Final = """
    SELECT EXISTS (SELECT 1 FROM sessions WHERE user_id = $1 AND origin IS DISTINCT FROM 'demo') AS has_own,
           (SELECT count(*) FROM sessions WHERE user_id = $1 AND origin = 'demo') AS demo,
           (SELECT max(started_at) FROM sessions WHERE user_id = $1 AND origin = 'demo') AS newest,
           COALESCE((SELECT settings -> 'demo' = 'false' FROM user_settings WHERE user_id = $1), false) AS unwanted
"""
_UNWANTED_SQL: Final = """
    INSERT INTO user_settings (user_id, settings) VALUES ($1, '{"demo": false}')
    ON CONFLICT (user_id) DO UPDATE SET settings = user_settings.settings || excluded.settings, updated_at = now()
"""


class DemoService:
    """Keeps the default user's demonstration sessions in step with the calendar."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work through ``database`` at the time of ``clock``."""
        self._database = database
        self._clock = clock

    async def refresh(self) -> int:
        """Store the sessions up to now and return how many there are.

        Does nothing once the user has own sessions or removed the demonstration, or without the package.
        """
        state = await self._database.fetchrow(_STATE_SQL, DEFAULT_USER)
        if state["has_own"] or state["unwanted"]:
            return int(state["demo"])
        sessions = demo_sessions(self._clock.now())
        if not sessions or (len(sessions), sessions[-1].started_at) == (state["demo"], state["newest"]):
            return len(sessions)
        await SessionRepository(self._database).remove_demo(DEFAULT_USER)
        return (await ImportRepository(self._database).add(DEFAULT_USER, sessions, "demo")).added

    async def remove(self) -> int:
        """Take the demonstration away for good and return how many sessions it had."""
        await self._database.execute(_UNWANTED_SQL, DEFAULT_USER)
        return await SessionRepository(self._database).remove_demo(DEFAULT_USER)
