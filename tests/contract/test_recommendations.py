"""/api/recommendation and /api/preset-stats."""

import pytest

from contract.checks import CLOCK_TIME, COUNT, HOUR, PRESET, any_of, check, maybe, rating, share, table, text
from contract.datasets import facts

RECOMMENDATION = {
    "current_time": CLOCK_TIME,
    "recommended_preset": PRESET,
    "preset": PRESET,
    "reason": text(),
    "alternative": maybe(PRESET),
    "confidence": share(),
}
SCORES = {"all_scores": {name: rating(2) for name in ("deep_work", "learning", "quick_tasks", "flow_mode")}}
STATS = table(
    text(),
    {
        "avg_rating": rating(2),
        "session_count": COUNT,
        "best_hour": maybe(HOUR),
        "best_category": maybe(text()),
    },
)
BY_HOUR = [(h, "deep_work") for h in range(6, 12)] + [(12, "quick_tasks"), (13, "quick_tasks")] + [
    (h, "learning") for h in (0, 5, 14, 15, 16, 20, 23)
] + [(h, "quick_tasks") for h in (17, 18, 19)]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["", "?category=REST%20API", "?category=Nezn%C3%A1m%C3%A1", "?current_hour=9&current_day=0", "?current_hour=0",
     "?current_day=6", "?current_hour=23&current_day=6&category=Learning"],
)  # fmt: skip
def test_recommendation(service, case, query):
    """A preset, the reason for it, and how sure it is, for any situation."""
    answer = service.ask(f"/api/recommendation{query}", RECOMMENDATION)
    assert answer["preset"] == answer["recommended_preset"]
    assert answer["alternative"] != answer["recommended_preset"]
    if case.startswith("empty"):
        assert answer["alternative"] is None
        assert answer["confidence"] == 0.3
        assert "all_scores" not in answer
    else:
        check(SCORES, answer)
        best = max(answer["all_scores"].values())
        assert answer["all_scores"][answer["recommended_preset"]] == best or case == "unrated"
        assert set(answer["all_scores"]) == {"deep_work", "learning", "quick_tasks", "flow_mode"}


@pytest.mark.parametrize(
    ("name", "time"), [("large", "10:15"), ("large at night", "23:30"), ("empty", "10:15")]
)
def test_the_time_is_the_services_own(running, name, time):
    """``current_time`` is the clock in the configured zone."""
    assert running(name).ask("/api/recommendation")["current_time"] == time


@pytest.mark.parametrize(("hour", "preset"), BY_HOUR)
def test_without_sessions_the_hour_decides(running, hour, preset):
    """Each hour has a usual preset; it is named as a default."""
    answer = running("empty").ask(f"/api/recommendation?current_hour={hour}")
    assert answer["recommended_preset"] == preset
    assert answer["basis"] == "default"


def test_without_ratings_the_hour_decides(running):
    """Sessions that nobody rated tell nothing about presets: no confidence is invented."""
    answer = running("unrated").ask("/api/recommendation?current_hour=13", RECOMMENDATION)
    assert answer["confidence"] <= 0.5
    assert answer["recommended_preset"] == "quick_tasks"


def test_preset_stats(service, case):
    """Every preset with ratings appears, also one that is in no configuration."""
    answer = service.ask("/api/preset-stats", STATS)
    if case.startswith(("empty", "unrated")):
        assert answer == {}
    if case.startswith("small"):
        assert set(answer) == {"deep_work", "quick_tasks", "flow_mode", "standard", "learning"}
        assert answer["standard"]["session_count"] == 1
        assert answer["learning"] == {**answer["learning"], "avg_rating": 5.0, "session_count": 1}


def test_preset_stats_count_rated_sessions(running):
    """Counts and means are those of the completed sessions that have a rating."""
    answer = running("large").ask("/api/preset-stats")
    for name, told in answer.items():
        ratings = [s["rating"] for s in facts("large") if s["preset"] == name and s["rating"] is not None]
        assert told["session_count"] == len(ratings)
        assert told["avg_rating"] == pytest.approx(sum(ratings) / len(ratings), abs=0.006)
        check({"best_hour": HOUR, "best_category": text()}, told)


def test_alternatives_of_shapes():
    """A value that fits none of several shapes is refused with all reasons."""
    with pytest.raises(AssertionError, match="none of"):
        check(any_of(PRESET, HOUR), "standard")
