"""Sessions to look at before there are own ones.

The times are real: the commits of the Bokeh project from 2012 to 2016 (package ``bokeh-sampledata``, public
domain), joined into work sessions and moved by whole weeks into the present. What a commit does not tell is
made up by the fixed rules below: preset, category, rating, whether it was finished. Every row is stored with
``origin = 'demo'``, flagged in every answer that shows it, and left out once there is one real session.
"""

import datetime as dt
import gzip
import math
import random
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tandem.pomodoro.presets import nearest_preset
from tandem.pomodoro.repositories.import_repository import IncomingSession

GAP: Final = dt.timedelta(minutes=60)
"""Commits closer than this belong to one session."""

SHORTEST: Final = dt.timedelta(minutes=25)
"""Work before the first commit of a session is not in the log; no session is shown as shorter than this."""

UNTIL: Final = dt.datetime(2016, 3, 1)  # noqa: DTZ001 - the author's own clock
"""Later commits are left out: the log thins out, and a demonstration wants a busy present."""

LONGEST: Final = dt.timedelta(minutes=180)

CATEGORIES: Final = ("Frontend", "REST API", "Database", "Learning", "Robot Framework", "Other")
LIKINGS: Final = (6.0, 2.0, -3.0, 8.0, -6.0, 0.0)
"""How much better or worse than average the made-up person rates each category, points."""


def is_available() -> bool:
    """Whether the package with the commit times is installed (extra ``demo``)."""
    return _log_path() is not None


def demo_sessions(now: dt.datetime) -> list[IncomingSession]:
    """Return the sessions up to ``now`` (aware), the newest in its week; empty without the package.

    The same moment always gives the same sessions.
    """
    path = _log_path()
    if path is None:
        return []
    spans = list(_joined(sorted(time for time in _wall_clock_times(path) if time < UNTIL)))
    shift = _monday(now.date()) - _monday(spans[-1][0].date())
    chance = random.Random(20121229)
    sessions = [_session(start + shift, end + shift, now, chance) for start, end in spans]
    return [session for session in sessions if session.started_at <= now]


def _session(
    start: dt.datetime, end: dt.datetime, now: dt.datetime, chance: random.Random
) -> IncomingSession:
    length = min(max(end - start, SHORTEST), LONGEST)
    category = chance.choices(range(len(CATEGORIES)), weights=_weights(start))[0]
    completed = chance.random() < 0.93
    # A person who is at their best at ten, tires towards the evening, and likes some work better.
    energy = 12.0 * math.cos((start.hour - 10) / 24 * 2 * math.pi)
    rating = 68.0 + energy + LIKINGS[category] + chance.gauss(0.0, 9.0)
    rated = completed and chance.random() < 0.85
    return IncomingSession(
        session_id=None, preset=nearest_preset(length.total_seconds() / 60), category=CATEGORIES[category],
        task=None, notes=None, duration_minutes=round(length.total_seconds() / 60),
        duration_seconds=int(length.total_seconds()), completed=completed,
        productivity_rating=min(100.0, max(0.0, 5.0 * round(rating / 5))) if rated else None,
        date=start.date(), time=start.time(), started_at=start.replace(tzinfo=now.tzinfo), import_key=None,
    )  # fmt: skip


def _weights(start: dt.datetime) -> tuple[float, ...]:
    if start.hour < 12:
        return 4, 3, 2, 1, 1, 1
    if start.hour < 18:
        return 2, 4, 3, 1, 2, 1
    return 2, 1, 1, 5, 1, 2


def _joined(times: list[dt.datetime]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    start = last = times[0]
    for time in times[1:]:
        if time - last >= GAP:
            yield start, last
            start = time
        last = time
    yield start, last


def _wall_clock_times(path: Path) -> Iterator[dt.datetime]:
    # The author's own clock: the offset is dropped, because the hour of the day is what was lived.
    with gzip.open(path, "rt", encoding="ascii") as file:
        for line in file:
            if line.strip():
                yield parsedate_to_datetime(line.strip()).replace(tzinfo=None)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _log_path() -> Path | None:
    # Found without importing the package, which would load pandas.
    spec = find_spec("bokeh_sampledata")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / "_data" / "commits.txt.gz"
        if path.is_file():
            return path
    return None
