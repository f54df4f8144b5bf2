"""/api/burnout-risk."""

import datetime as dt

import pytest

from contract.checks import COUNT, integer, many, number, one_of, text
from contract.datasets import facts

FACTORS = (
    "declining_productivity",
    "overwork",
    "night_sessions",
    "weekend_work",
    "variability",
    "continuous_days",
)
MOST = {
    "declining_productivity": 25, "overwork": 20, "night_sessions": 15, "weekend_work": 15, "variability": 15,
    "continuous_days": 10,
}  # fmt: skip
RISK = {
    "risk_score": integer(0, 100),
    "risk_level": text("low", "medium", "high", "critical", "unknown"),
    "risk_factors": many({
        "factor": text(*FACTORS), "name": text(), "severity": text("low", "medium", "high"), "score": integer(1, 25),
        "value": number(), "message": text(),
    }),
    "recommendations": many(text(), least=1, most=3),
    "confidence": one_of(0.0, 0.3, 0.5, 0.7, 0.85),
    "analyzed_period": text("14 days"),
    "total_sessions_analyzed": COUNT,
}  # fmt: skip
LEVELS = {"low": (0, 25), "medium": (26, 50), "high": (51, 75), "critical": (76, 100), "unknown": (0, 0)}


def test_risk(service):
    """The signal has the contract's shape; its score is the sum of its factors and gives the level."""
    answer = service.ask("/api/burnout-risk", RISK)
    scores = [factor["score"] for factor in answer["risk_factors"]]
    assert scores == sorted(scores, reverse=True)
    assert answer["risk_score"] == min(100, sum(scores))
    low, high = LEVELS[answer["risk_level"]]
    assert low <= answer["risk_score"] <= high
    for factor in answer["risk_factors"]:
        assert factor["score"] <= MOST[factor["factor"]], factor
    names = [factor["factor"] for factor in answer["risk_factors"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["empty", "one", "empty at night"])
def test_under_five_sessions_nothing_is_claimed(running, name):
    """Too little data: level unknown, score 0, one piece of advice, confidence 0, and a message."""
    answer = running(name).ask("/api/burnout-risk", {**RISK, "message": text()})
    assert answer["risk_level"] == "unknown"
    assert answer["risk_factors"] == []
    assert len(answer["recommendations"]) == 1
    assert answer["confidence"] == 0.0


@pytest.mark.parametrize("name", ["small", "few days", "large", "unrated", "troubled"])
def test_five_sessions_are_enough(running, name):
    """With five sessions in the window there is a level, and no message about missing data."""
    answer = running(name).ask("/api/burnout-risk", RISK)
    assert answer["risk_level"] != "unknown"
    assert answer["confidence"] > 0


def test_trouble_is_seen(running):
    """Worse ratings, long days and nights: all three are named and the level rises."""
    answer = running("troubled").ask("/api/burnout-risk", RISK)
    assert {"declining_productivity", "overwork", "night_sessions"} <= {
        f["factor"] for f in answer["risk_factors"]
    }
    assert answer["risk_level"] in ("medium", "high", "critical")
    assert len(answer["recommendations"]) == 3


@pytest.mark.parametrize("name", ["small", "unrated", "large", "troubled", "large on a Sunday"])
def test_the_window_is_counted(running, name):
    """Fourteen dates, today included: as many completed sessions as there are."""
    first = running(name).today - dt.timedelta(days=13)
    wanted = sum(1 for session in facts(name) if session["date"] >= first)
    assert running(name).ask("/api/burnout-risk")["total_sessions_analyzed"] == wanted
