"""Sessions and snapshots for the tests of the models, made by hand or in bulk."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from tandem.pomodoro.presets import PRESET_KEYS, PRESETS
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from tandem.pomodoro.snapshot.columns import SESSION_DTYPE

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=ZoneInfo("Europe/Prague"))
"""A Wednesday morning: the moment at which the tests ask."""

TODAY = NOW.date()

_MANY_CATEGORIES = tuple(f"Category {i}" for i in range(30))


def session(
    ago: int = 1,
    hour: int = 9,
    rating: float | None = 70.0,
    *,
    preset: str = "deep_work",
    category: str = "Coding",
    minute: int = 0,
    completed: bool = True,
    today: date = TODAY,
) -> SessionRow:
    """One session that started ``ago`` days before ``today``; each call makes a new id."""
    session.made = getattr(session, "made", 0) + 1
    return SessionRow(
        id=UUID(int=session.made),
        day=(today - timedelta(days=ago)).toordinal(),
        second=hour * 3600 + minute * 60,
        preset=preset,
        category=category,
        minutes=PRESETS[preset].work_minutes if preset in PRESETS else 30,
        completed=completed,
        rating=rating,
    )


def snapshot_of(*sessions: SessionRow | Iterable[SessionRow]) -> Snapshot:
    """A snapshot of these sessions and lists of sessions."""
    rows = [row for part in sessions for row in ([part] if isinstance(part, SessionRow) else part)]
    return Snapshot.of(rows)


def every_day(
    days: int, *, per_day: int = 3, rating: float | None = 70.0, first_ago: int = 1, **more: object
) -> list[SessionRow]:
    """``per_day`` sessions from nine o'clock on each of ``days`` days, the newest ``first_ago`` days ago."""
    return [
        session(ago, 9 + k, rating, **more)  # type: ignore[arg-type]
        for ago in range(first_ago, first_ago + days)
        for k in range(per_day)
    ]


@lru_cache(maxsize=2)
def big_snapshot(sessions: int = 200_000, days: int = 16 * 365) -> Snapshot:
    """Sixteen years of a busy person: for tests of speed. Shared between tests, so never change it."""
    rng = np.random.default_rng(7)
    table = np.empty(sessions, SESSION_DTYPE)
    table["id"] = np.frombuffer(rng.bytes(16 * sessions), "V16")
    table["day"] = TODAY.toordinal() - rng.integers(0, days, sessions)
    table["second"] = rng.integers(6 * 3600, 23 * 3600, sessions)
    table["preset"] = rng.integers(0, len(PRESET_KEYS), sessions)
    table["category"] = rng.integers(0, len(_MANY_CATEGORIES), sessions)
    table["minutes"] = 45
    table["rating"] = np.where(rng.random(sessions) < 0.7, rng.integers(0, 101, sessions), np.nan)
    table["completed"] = rng.random(sessions) < 0.95
    return Snapshot(user="big", version=1, table=table, presets=PRESET_KEYS, categories=_MANY_CATEGORIES)
