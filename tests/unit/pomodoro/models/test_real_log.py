"""The signals along a real log without ratings, day by day, knowing only what was known then."""

import csv
from collections import Counter
from datetime import datetime, time
from pathlib import Path
from uuid import UUID

import pytest

from tandem.core.i18n import translator
from tandem.pomodoro.models.anomaly_detector import detect
from tandem.pomodoro.models.burnout_predictor import assess
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW

LOG = Path(__file__).parents[5] / "shared" / "data" / "sessions" / "toggl_student_2021_2022.csv"
EN = translator("en")


@pytest.fixture(scope="module")
def log() -> list[SessionRow]:
    """One student's year."""
    if not LOG.exists():
        pytest.skip(f"the log {LOG.name} is not here")
    with LOG.open(encoding="utf-8") as file:
        return [_row(at, line) for at, line in enumerate(csv.DictReader(file), start=1)]


def _row(at: int, line: dict[str, str]) -> SessionRow:
    start = datetime.fromisoformat(line["start"])
    return SessionRow(
        id=UUID(int=at),
        day=start.toordinal(),
        second=start.hour * 3600 + start.minute * 60,
        preset="deep_work",
        category=line["category"],
        minutes=round(float(line["duration_min"])),
        completed=True,
        rating=None,
    )


def test_alarms_stay_rare_along_a_real_year(log: list[SessionRow]):
    """One evening a week from the third month on: hardly a look is high, at least two thirds are healthy."""
    levels: Counter[str] = Counter()
    states: Counter[str] = Counter()
    first, last = min(row.day for row in log), max(row.day for row in log)
    for day in range(first + 60, last, 7):
        snapshot = Snapshot.of(row for row in log if row.day <= day)
        evening = datetime.combine(datetime.fromordinal(day), time(22), tzinfo=NOW.tzinfo)
        levels[assess(snapshot, evening, EN).risk_level] += 1
        states[detect(snapshot, evening, EN).overall_status] += 1
    looks = sum(levels.values())
    assert looks > 45
    assert levels["high"] + levels["critical"] <= 0.02 * looks
    assert states["healthy"] >= 2 / 3 * looks
    assert states["alert"] + states["critical"] == 0
