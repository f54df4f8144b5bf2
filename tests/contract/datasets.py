"""The sessions that the contract is checked on, written as the old web service writes them.

Each set is a list of rows (preset, category, task, minutes, completed, rating, notes, date, time), all before
:data:`NOW`, a Wednesday morning in Prague.
"""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

PRAGUE = ZoneInfo("Europe/Prague")
NOW = dt.datetime(2026, 3, 4, 10, 15, tzinfo=PRAGUE)
NIGHT = dt.datetime(2026, 3, 4, 23, 30, tzinfo=PRAGUE)
SUNDAY = dt.datetime(2026, 3, 8, 14, 5, tzinfo=PRAGUE)
TODAY = NOW.date()

Row = tuple[str, str, str | None, int, bool, float | None, str | None, dt.date, dt.time]

LEGACY_INSERT = """
    INSERT INTO sessions (preset, category, task, duration_minutes, completed, productivity_rating, notes, date, time)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
"""What the old web service sends: it has never heard of users."""


async def write(dsn: str, rows: Sequence[Row]) -> None:
    """Write ``rows`` the way the old web service does."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.executemany(LEGACY_INSERT, rows)
    finally:
        await connection.close()


def day(ago: int) -> dt.date:
    """The date so many days before today."""
    return TODAY - dt.timedelta(days=ago)


def row(
    ago: int, hour: int, rating: float | None = None, *, preset: str = "deep_work", category: str = "Learning",
    minute: int = 0, done: bool = True, minutes: int = 52, task: str | None = None, notes: str | None = None,
) -> Row:  # fmt: skip
    """One session, by default a deep-work one that was completed."""
    return (preset, category, task, minutes, done, rating, notes, day(ago), dt.time(hour, minute))


def small() -> list[Row]:
    """Twelve sessions with everything odd that is allowed."""
    return [
        row(0, 9, 80, category="REST API", task="Contract", notes="Went well"),
        row(1, 9, 0, category="Sociální sítě", preset="quick_tasks", minutes=25),
        row(1, 14, None, category="Sociální sítě", preset="learning", minutes=45),
        row(2, 8, 75, category="REST API"),
        row(3, 23, 55, category="Žluťoučký kůň", preset="flow_mode", minutes=90),
        row(4, 10, 90, done=False),
        row(6, 11, 100, preset="standard", minutes=30),
        row(7, 9, 5, category="Database", preset="learning", minutes=45),
        row(8, 0, 62.5, category="REST API", preset="quick_tasks", minutes=25, minute=30),
        row(9, 16, 70, category="REST API"),
        row(10, 9, None, category="Database", done=False),
        row(12, 13, 66, category="Frontend", preset="quick_tasks", minutes=25),
    ]


def few_days() -> list[Row]:
    """Eight sessions, but on three dates only: too few to know what is usual."""
    return [
        row(ago, hour, 70)
        for ago, hour in ((0, 8), (0, 9), (1, 9), (1, 11), (1, 14), (2, 9), (2, 10), (2, 15))
    ]


def unrated() -> list[Row]:
    """Three weeks of sessions that nobody ever rated."""
    return [
        row(ago, hour, category=("Learning", "Frontend")[ago % 2]) for ago in range(21) for hour in (8, 9)
    ]


def large() -> list[Row]:
    """Two thousand sessions of about 400 days, today's among them, with habits that can be found."""
    dice = random.Random(20260304)
    presets = (("deep_work", 52), ("learning", 45), ("quick_tasks", 25), ("flow_mode", 90))
    categories = ("REST API", "Database", "Learning", "Sociální sítě", "Frontend")
    rows = [row(0, 7, 78, category="REST API"), row(0, 8, 84, category="REST API"), row(0, 9, None)]
    while len(rows) < 2000:
        ago = dice.randrange(1, 401)
        if day(ago).weekday() >= 5 and dice.random() < 0.7:
            continue
        hour = dice.choice((8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 15, 16, 18, 21))
        preset, minutes = dice.choice(presets)
        felt = dice.gauss(80 if hour < 12 else 62, 12) + (4 if preset == "deep_work" else 0)
        rating = None if dice.random() < 0.25 else float(round(min(100, max(0, felt)) / 5) * 5)
        rows.append(
            row(ago, hour, rating, preset=preset, minutes=minutes, category=dice.choice(categories),
                minute=dice.randrange(60), done=dice.random() < 0.93, notes=dice.choice((None, "parsing xml again")))
        )  # fmt: skip
    return rows


def troubled() -> list[Row]:
    """A steady month; then a gap of two days, and four long days and nights with poor ratings and new work."""
    rows = [
        row(ago, hour, 80 + (ago * 7 + hour) % 9, category="REST API", minute=5)
        for ago in range(6, 40) for hour in (9, 10, 11)
    ]  # fmt: skip
    late = (0, 1, 2, 3, 16, 18, 19, 20, 21, 22, 23)
    for ago, hours in ((0, range(10)), (1, late), (2, late), (3, late)):
        rows += [
            row(ago, hour, 25 + hour % 3, category="Job Hunting", preset="quick_tasks") for hour in hours
        ]
    return rows


def odd() -> list[Row]:
    """What the table allows and nobody expects: other centuries, tomorrow, blank and long names, no minutes."""
    second = dt.time(23, 59, 59, 999999)
    return [
        row(0, 0, 0, category="", preset="", minutes=0),
        row(0, 9, 100, category="x" * 100, preset="y" * 50, minutes=100_000),
        row(-1, 9, 50, category="{theme} %s %d /tmp"),
        row(-400, 9, 50),
        row(1, 5, 99.99, category="🍅 <b>", notes="'; DROP TABLE sessions; --"),
        row(2, 6, 0.01, category=" padded "),
        ("deep_work", "Old", None, 52, True, 60.0, None, dt.date(1, 1, 1), second),
        ("deep_work", "Old", None, 52, True, 60.0, None, dt.date(1969, 12, 31), second),
        ("deep_work", "Far", None, 52, True, 60.0, None, dt.date(9999, 12, 31), second),
        *(row(ago, 3, None, minutes=-5) for ago in range(3, 9)),
    ]


SETS: dict[str, list[Row]] = {
    "empty": [],
    "one": [row(1, 9, 85, category="REST API")],
    "small": small(),
    "few days": few_days(),
    "unrated": unrated(),
    "large": large(),
    "troubled": troubled(),
    "odd": odd(),
}

CASES: dict[str, tuple[str, dt.datetime]] = {
    **{name: (name, NOW) for name in SETS if name != "odd"},
    "empty at night": ("empty", NIGHT),
    "large at night": ("large", NIGHT),
    "small on a Sunday": ("small", SUNDAY),
    "large on a Sunday": ("large", SUNDAY),
}
"""Each case that every route is asked in: which set, and what time it is."""


def facts(case: str) -> list[dict[str, Any]]:
    """The completed sessions that a case is about, as dicts, oldest first."""
    keys = ("preset", "category", "task", "minutes", "completed", "rating", "notes", "date", "time")
    rows = [dict(zip(keys, values, strict=True)) for values in SETS[CASES[case][0]]]
    return sorted((r for r in rows if r["completed"]), key=lambda r: (r["date"], r["time"]))
