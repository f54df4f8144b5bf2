"""/api/detect-anomalies."""

import pytest

from contract.checks import (
    COUNT,
    FULL_HOUR,
    HOUR,
    ISO_DAY,
    TIMESTAMP,
    any_of,
    check,
    integer,
    many,
    maybe,
    number,
    one_of,
    rating,
    table,
    text,
)

TYPES = (
    "productivity_drop",
    "unusual_hours",
    "category_shift",
    "streak_break",
    "overwork_spike",
    "quality_decline",
)
COMMON = {
    "type": text(*TYPES), "name": text(), "severity": text("low", "medium", "high", "critical"), "description": text(),
    "recommendation": text(), "icon": text(), "evidence": {},
}  # fmt: skip
KINDS = {
    "productivity_drop": {
        "icon": text("📉"), "z_score": number(None, -1.5, 2), "current_value": rating(), "baseline_value": rating(),
        "change_percent": number(-100, 0, 1),
        "evidence": {"period": text("last_3_days"), "data_points": many(rating(), most=5)},
    },
    "unusual_hours": {
        "icon": text("🌙"),
        "evidence": {
            "normal_range": text(like=r"\d{1,2}:00 - \d{1,2}:00"), "unusual_sessions": many(FULL_HOUR, least=1, most=5),
        },
    },
    "category_shift": {
        "icon": text("🔄"), "category": text(), "change_percent": number(30, 100, 1),
        "evidence": {"baseline_top": maybe(text()), "recent_distribution": table(text(), rating())},
    },
    "streak_break": {
        "icon": text("💔"), "streak_days": integer(7), "gap_days": integer(2),
        "evidence": {"streak_length": integer(7), "gap_start": maybe(ISO_DAY)},
    },
    "overwork_spike": {
        "icon": text("🔥"), "ratio": integer(150), "current_avg": number(0, None, 1), "baseline_avg": number(0, None, 1),
        "evidence": {"recent_sessions_per_day": number(0), "baseline_sessions_per_day": number(0)},
    },
    "quality_decline": {
        "icon": text("⚠️"), "consecutive_count": integer(3), "avg_recent": rating(), "baseline_avg": rating(),
        "evidence": {"consecutive_ratings": many(rating(), least=1), "baseline_threshold": number(0, 100)},
    },
}  # fmt: skip
KNOWN = {
    "anomalies_detected": COUNT,
    "overall_status": text("healthy", "info", "warning", "alert", "critical"),
    "anomalies": many(COMMON, most=6),
    "proactive_tips": many(any_of(
        {"type": text("suggestion"), "icon": text("💡"), "message": text(), "related_anomaly": text(*TYPES)},
        {"type": text("positive"), "icon": text("✨"), "message": text()},
    ), most=3),
    "baseline_summary": maybe({
        "avg_productivity": rating(), "typical_hours": {"start": HOUR, "end": HOUR}, "top_category": maybe(text()),
        "avg_sessions_per_day": number(0, None, 1), "current_streak": COUNT, "analysis_period_days": one_of(14),
    }),
    "patterns": maybe({
        "productivity_trend": text("improving", "stable", "declining", "unknown"),
        "work_intensity": text("high", "normal", "low", "unknown"),
        "schedule_regularity": text("regular", "moderate", "irregular", "unknown"),
    }),
    "confidence": number(0, 0.9, 2),
    "metadata": {
        "model_version": text("1.0"), "total_sessions_analyzed": COUNT, "analysis_period": text("14 days"),
        "timestamp": TIMESTAMP,
    },
}  # fmt: skip
UNKNOWN = {
    "anomalies_detected": one_of(0),
    "overall_status": text("insufficient_data"),
    "anomalies": one_of([]),
    "proactive_tips": one_of([]),
    "baseline_summary": one_of(None),
    "patterns": one_of(None),
    "confidence": one_of(0.0),
    "message": text(),
    "metadata": {
        "model_version": text("1.0"), "total_sessions_analyzed": COUNT, "unique_days": integer(0, 6),
        "required_days": one_of(7), "timestamp": TIMESTAMP,
    },
}  # fmt: skip
STATUS = {"critical": "critical", "high": "alert", "medium": "warning", "low": "info"}
TOO_LITTLE = ("empty", "one", "few days", "empty at night")


def test_anomalies(service, case):
    """The report has the contract's shape, in the contract's order, and its status is the worst severity."""
    answer = service.ask("/api/detect-anomalies", UNKNOWN if case in TOO_LITTLE else KNOWN)
    found = answer["anomalies"]
    assert answer["anomalies_detected"] == len(found)
    order = [TYPES.index(anomaly["type"]) for anomaly in found]
    assert order == sorted(set(order))
    for anomaly in found:
        check(KINDS[anomaly["type"]], anomaly, anomaly["type"])
    if case not in TOO_LITTLE:
        severities = {anomaly["severity"] for anomaly in found}
        worst = next((status for severity, status in STATUS.items() if severity in severities), "healthy")
        assert answer["overall_status"] == worst
        related = {tip["related_anomaly"] for tip in answer["proactive_tips"] if "related_anomaly" in tip}
        assert related <= {anomaly["type"] for anomaly in found}


@pytest.mark.parametrize("name", TOO_LITTLE)
def test_under_seven_dates_more_data_is_asked_for(running, name):
    """Existing clients look for these words and the number of days."""
    answer = running(name).ask("/api/detect-anomalies", UNKNOWN)
    assert "Potřebuji alespoň" in answer["message"]
    assert "7" in answer["message"]
    assert "analysis_period" not in answer["metadata"]
    assert answer["metadata"]["unique_days"] == {"one": 1, "few days": 3}.get(name, 0)


@pytest.mark.parametrize("kind", TYPES)
def test_every_kind_can_be_found(running, kind):
    """Two weeks of trouble: poor ratings, nights, new work, a broken streak, long days."""
    answer = running("troubled").ask("/api/detect-anomalies", KNOWN)
    assert kind in {anomaly["type"] for anomaly in answer["anomalies"]}


def test_the_newest_ratings_are_the_evidence(running):
    """Evidence of a drop or a decline are the poor ratings of the last days, not older good ones."""
    found = {a["type"]: a for a in running("troubled").ask("/api/detect-anomalies")["anomalies"]}
    assert max(found["productivity_drop"]["evidence"]["data_points"]) < 30
    assert max(found["quality_decline"]["evidence"]["consecutive_ratings"]) < 30
    assert found["productivity_drop"]["current_value"] < 30
    assert found["productivity_drop"]["baseline_value"] > 60
    # What one category gained, the other lost.
    assert found["category_shift"]["category"] in ("Job Hunting", "REST API")
    assert found["category_shift"]["evidence"]["baseline_top"] == "REST API"


def test_unrated_people_have_no_rating_anomalies(running):
    """Without ratings nothing is said about quality."""
    answer = running("unrated").ask("/api/detect-anomalies", KNOWN)
    assert not {"productivity_drop", "quality_decline"} & {a["type"] for a in answer["anomalies"]}
    assert answer["patterns"]["productivity_trend"] == "unknown"
    assert answer["baseline_summary"]["current_streak"] == 21
