"""/api/analysis, /api/train and /api/insights/summary."""

from collections import defaultdict

import pytest

from contract.checks import (
    COUNT,
    ENGLISH_DAY,
    ENGLISH_DAYS,
    HOUR,
    HOUR_KEY,
    PRESET,
    TRENDS,
    any_of,
    check,
    integer,
    many,
    maybe,
    one_of,
    rating,
    share,
    table,
    text,
)
from contract.datasets import facts

GROUP = {"avg_rating": rating(2), "session_count": COUNT}
HOURS = table(HOUR_KEY, {"sessions": COUNT, "avg_rating": rating(2)})
ANALYSIS = {
    "analysis": {
        "best_hours": many(HOUR, most=3),
        "worst_hours": many(HOUR, most=3),
        "best_day": maybe(ENGLISH_DAY),
        "productivity_by_hour": table(HOUR_KEY, rating(2)),
        "productivity_by_day": table(ENGLISH_DAY, rating(2)),
        "productivity_by_category": table(text(), GROUP),
        "productivity_by_preset": table(text(), GROUP),
        "trend": text("up", "down", "stable"),
        "total_sessions_analyzed": COUNT,
    },
    "heatmap": dict.fromkeys(ENGLISH_DAYS, HOURS),
}
TRAINED = {"status": text("success"), "sessions_analyzed": COUNT, "sessions_with_rating": COUNT}
NOT_TRAINED = {"status": text("no_data"), "message": text()}
SUMMARY = {
    "analysis": {
        "best_hours": many(HOUR, most=3),
        "best_day": maybe(ENGLISH_DAY),
        "trend": text("up", "down", "stable"),
    },
    "recommendation": {"preset": PRESET, "reason": text(), "confidence": share()},
    "prediction": {"sessions": COUNT, "productivity": rating(), "remaining": COUNT},
    "trends": TRENDS,
    "burnout": {
        "risk_score": integer(0, 100),
        "risk_level": text("low", "medium", "high", "critical", "unknown"),
        "top_factor": maybe({"factor": text(), "name": text(), "severity": text("low", "medium", "high")}),
    },
}


def test_analysis(service, case):
    """Analysis and heat map have the contract's shape; the heat map is always whole."""
    answer = service.ask("/api/analysis", ANALYSIS)
    assert set(answer["heatmap"]) == set(ENGLISH_DAYS)
    assert all(set(hours) == {str(hour) for hour in range(24)} for hours in answer["heatmap"].values())
    found = answer["analysis"]
    assert len(set(found["best_hours"])) == len(found["best_hours"])
    assert {str(hour) for hour in found["best_hours"] + found["worst_hours"]} <= set(
        found["productivity_by_hour"]
    )
    if found["best_day"] is not None:
        assert found["best_day"] in found["productivity_by_day"]


@pytest.mark.parametrize("name", ["empty", "unrated"])
def test_nothing_rated_means_nothing_found(running, name):
    """Lists and tables are empty, the best day is null, the trend stable, the count zero."""
    answer = running(name).ask("/api/analysis", ANALYSIS)
    expected = {
        "best_hours": [], "worst_hours": [], "best_day": None, "productivity_by_hour": {}, "productivity_by_day": {},
        "trend": "stable", "total_sessions_analyzed": 0,
    }  # fmt: skip
    assert {key: answer["analysis"][key] for key in expected} == expected
    if name == "empty":
        assert answer["analysis"]["productivity_by_category"] == {}
        assert answer["analysis"]["productivity_by_preset"] == {}
        assert all(
            c == {**c, "sessions": 0, "avg_rating": 0} for d in answer["heatmap"].values() for c in d.values()
        )


@pytest.mark.parametrize("name", ["small", "large"])
def test_the_heat_map_holds_every_session_where_it_was(running, name):
    """Each completed session is counted under the weekday of its date and its hour."""
    answer = running(name).ask("/api/analysis")
    cells = defaultdict(list)
    for session in facts(name):
        cells[ENGLISH_DAYS[session["date"].weekday()], str(session["time"].hour)].append(session["rating"])
    for day, hours in answer["heatmap"].items():
        for hour, cell in hours.items():
            ratings = [r for r in cells[day, hour] if r is not None]
            assert cell["sessions"] == len(cells[day, hour]), (day, hour)
            mean = sum(ratings) / len(ratings) if ratings else 0
            assert cell["avg_rating"] == pytest.approx(mean, abs=0.006), (day, hour)


@pytest.mark.parametrize("name", ["small", "large"])
def test_only_rated_sessions_are_analyzed(running, name):
    """The count is that of rated sessions; a rating of zero is a rating."""
    rated = [s for s in facts(name) if s["rating"] is not None]
    found = running(name).ask("/api/analysis")["analysis"]
    assert found["total_sessions_analyzed"] == len(rated)
    assert set(found["productivity_by_hour"]) == {str(s["time"].hour) for s in rated}
    assert set(found["productivity_by_day"]) == {ENGLISH_DAYS[s["date"].weekday()] for s in rated}
    categories = found["productivity_by_category"]
    assert {name for name, group in categories.items() if group["session_count"]} == {
        s["category"] for s in rated
    }


def test_categories_keep_their_letters(running):
    """A category with diacritics comes back as it was written."""
    assert "Žluťoučký kůň" in running("small").ask("/api/analysis")["analysis"]["productivity_by_category"]


@pytest.mark.parametrize(
    "sent", [{}, {"content": b"{nonsense", "headers": {"content-type": "application/json"}}, {"json": [1]}]
)
def test_train_reads_no_body(service, case, sent):
    """It tells what the models stand on, whatever was sent."""
    answer = service.ask("/api/train", any_of(TRAINED, NOT_TRAINED), method="POST", **sent)
    known = facts(case)
    assert answer["status"] == ("success" if known else "no_data")
    if known:
        assert answer["sessions_analyzed"] == len(known)
        assert answer["sessions_with_rating"] == sum(1 for s in known if s["rating"] is not None)


def test_summary(service):
    """The summary repeats the heads of the other answers."""
    answer = service.ask("/api/insights/summary", SUMMARY)
    analysis = service.ask("/api/analysis")["analysis"]
    assert answer["analysis"] == {
        **answer["analysis"],
        **{k: analysis[k] for k in ("best_hours", "best_day", "trend")},
    }
    advice = service.ask("/api/recommendation")
    assert answer["recommendation"]["preset"] == advice["recommended_preset"]
    assert answer["recommendation"]["confidence"] == advice["confidence"]
    today = service.ask("/api/prediction/today")
    told = answer["prediction"]
    assert [told["sessions"], told["productivity"], told["remaining"]] == [
        today["predicted_sessions"], today["predicted_productivity"], today["remaining_sessions"],
    ]  # fmt: skip
    assert answer["trends"] == service.ask("/api/trends?days=14")
    risk = service.ask("/api/burnout-risk")
    assert answer["burnout"]["risk_score"] == risk["risk_score"]
    assert answer["burnout"]["risk_level"] == risk["risk_level"]
    assert answer["burnout"]["top_factor"] == (risk["risk_factors"][0] if risk["risk_factors"] else None)


def test_constants_are_compared_by_type_too():
    """True is not 1 in the language of shapes."""
    with pytest.raises(AssertionError):
        check(one_of(0.0, 1.0), value=True)
