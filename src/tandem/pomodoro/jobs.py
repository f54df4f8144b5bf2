"""The kinds of background jobs that the Pomodoro ML service has."""

from typing import Final

from tandem.core.jobs.kinds import JobKind, Queue

EMBED: Final = JobKind("pomodoro.embed", Queue.MODELS, attempts=8)
"""Makes one user's notes searchable; its key is the user."""

FIT: Final = JobKind("pomodoro.fit", Queue.MODELS, attempts=3)
"""Fits one user's models anew and scores them; its key is the user."""

BRIEF: Final = JobKind("pomodoro.brief", Queue.LANGUAGE, attempts=3)
"""Prepares one user's morning briefing; its key is the user."""
