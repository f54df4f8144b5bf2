"""How often anomalies are reported of people in whom nothing, or something, changed."""

from collections import Counter

import pytest

from tandem.core.i18n import translator
from tandem.pomodoro.models.anomaly_detector import detect
from unit.pomodoro.builders import NOW
from unit.pomodoro.people import STEADY, Person, lives

EN = translator("en")
COUNT = 250


@pytest.mark.parametrize("kind", STEADY)
def test_steady_people_are_rarely_reported(kind: str):
    """Some anomaly in at most 13 % of looks, one of medium weight or more in 5 %, alert or critical in 1.5 %."""
    reports = [detect(snapshot, NOW, EN).overall_status for snapshot in lives(STEADY[kind], COUNT)]
    status = Counter(reports)
    assert status["healthy"] >= 0.87 * COUNT
    assert status["warning"] + status["alert"] + status["critical"] <= 0.05 * COUNT
    assert status["alert"] + status["critical"] <= 0.015 * COUNT


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        (Person(changed_days=3, liking=0.55), "productivity_drop"),
        (Person(changed_days=3, load=3.0), "overwork_spike"),
        (Person(changed_days=5, liking=0.55), "quality_decline"),
    ],
)
def test_what_changed_is_mostly_found(person: Person, kind: str):
    """A large change of the last days is reported under its name in four of five lives."""
    reports = [detect(snapshot, NOW, EN) for snapshot in lives(person, COUNT)]
    hits = sum(any(anomaly.type == kind for anomaly in report.anomalies) for report in reports)
    assert hits >= 0.8 * COUNT
