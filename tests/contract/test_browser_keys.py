"""The keys that pages of the old web service really read, place by place."""

import pytest

from contract.checks import follow

READ_BY_PAGES = {
    "/api/recommendation": ("recommended_preset", "reason"),
    "/api/prediction/today": ("predicted_sessions",),
    "/api/burnout-risk": (
        "risk_level", "risk_score", "confidence", "total_sessions_analyzed", "analyzed_period", "recommendations[0]",
        "risk_factors[0].severity", "risk_factors[0].message", "risk_factors[0].score",
    ),
    "/api/optimal-schedule?sessions=6&day=today": (
        "peak_hours[0].preset_name", "peak_hours[0].expected_productivity", "peak_hours[0].time",
        "avoid_hours[0].time", "avoid_hours[0].reason", "summary.best_time_range", "summary.recommended_sessions",
        "summary.expected_avg_productivity", "confidence", "total_sessions_analyzed", "day_of_week",
        "optimal_schedule.sessions[0].time", "optimal_schedule.sessions[0].preset_name",
        "optimal_schedule.sessions[0].work_minutes", "optimal_schedule.sessions[0].expected_productivity",
        "optimal_schedule.total_work_minutes", "optimal_schedule.avg_expected_productivity", "recommendation_basis",
        *(f"hourly_breakdown.{hour}.{key}" for hour in range(6, 22)
          for key in ("productivity", "score", "data_source", "recommended_preset")),
    ),
    "/api/analysis": (
        "analysis.best_hours[0]", "analysis.worst_hours[0]", "analysis.best_day", "analysis.trend",
        "analysis.total_sessions_analyzed", "analysis.productivity_by_category.REST API.avg_rating",
        "analysis.productivity_by_category.REST API.session_count",
        "analysis.productivity_by_preset.deep_work.avg_rating",
        "analysis.productivity_by_preset.deep_work.session_count", "analysis.productivity_by_hour.9",
    ),
    "/api/detect-anomalies": (
        "overall_status", "anomalies_detected", "confidence", "anomalies[0].severity", "anomalies[0].icon",
        "anomalies[0].name", "anomalies[0].description", "anomalies[0].recommendation", "proactive_tips[0].type",
        "proactive_tips[0].icon", "proactive_tips[0].message", "baseline_summary.avg_productivity",
        "baseline_summary.typical_hours.start", "baseline_summary.typical_hours.end",
        "baseline_summary.avg_sessions_per_day", "baseline_summary.top_category", "baseline_summary.current_streak",
        "patterns.productivity_trend", "patterns.work_intensity", "patterns.schedule_regularity",
    ),
    "/api/predict-quality?hour=3&sessions_today=6": (
        "predicted_productivity", "factors[0].type", "factors[0].name", "recommendation.icon", "recommendation.message",
        "recommendation.type",
    ),
    "/api/weekly-insights/2026-03-02": ("predicted_sessions", "recommended_focus", "tip", "productivity_trend"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "places"), READ_BY_PAGES.items())
def test_pages_find_what_they_read(running, path, places):
    """Each place that a page reads is there when there is something to show."""
    answer = running("troubled").ask(path)
    for place in places:
        follow(answer, place)


def test_the_page_tells_missing_data_by_a_message(running):
    """The anomaly widget shows ``message`` while there is too little data; the quality widget looks for errors."""
    assert follow(running("empty").ask("/api/detect-anomalies"), "message")
    assert "error" not in running("empty").ask("/api/predict-quality")


def test_missing_places_are_noticed():
    """Following a place that is not there fails."""
    with pytest.raises(AssertionError, match="no element"):
        follow({"a": []}, "a[0].b")
    with pytest.raises(AssertionError, match="no key"):
        follow({"a": [{}]}, "a[0].b")
