"""How often the workload signal is wrong about people of whom the truth is known."""

import pytest

from tandem.core.i18n import translator
from tandem.pomodoro.models.burnout_predictor import assess
from unit.pomodoro.builders import NOW
from unit.pomodoro.people import STEADY, Person, lives

EN = translator("en")
COUNT = 250


def shares(person: Person) -> dict[str, float]:
    """Share of each level over many lives of ``person``."""
    levels = [assess(snapshot, NOW, EN).risk_level for snapshot in lives(person, COUNT)]
    return {level: levels.count(level) / COUNT for level in ("unknown", "low", "medium", "high", "critical")}


@pytest.mark.parametrize("kind", STEADY)
def test_steady_people_are_rarely_alarmed(kind: str):
    """In whom nothing changes: high or critical in at most 2.5 % of looks, critical never, low in most."""
    found = shares(STEADY[kind])
    assert found["high"] + found["critical"] <= 0.025
    assert found["critical"] == 0
    assert found["low"] >= 0.7


def test_new_people_are_rarely_alarmed():
    """Fourteen days of history: habits are unknown, yet high stays rare for somebody who works by day."""
    found = shares(Person(days=14))
    assert found["high"] + found["critical"] <= 0.02


@pytest.mark.parametrize("days", [7, 14])
def test_twice_the_load_with_worse_ratings_is_mostly_seen(days: int):
    """Twice the sessions, ratings lower by 30 %: high or critical for nine out of ten."""
    found = shares(Person(changed_days=days, load=2.0, liking=0.7))
    assert found["high"] + found["critical"] >= 0.9


def test_without_nights_and_weekends_less_is_seen():
    """Somebody who works office hours only gets at most the points of the two changes: at least medium."""
    found = shares(Person(per_day=4, weekend=0, changed_days=10, load=2.0, liking=0.7))
    assert found["low"] <= 0.02
    assert found["high"] >= 0.2
