"""What the answers say is so: weekdays, zeros, small samples, the direction of time."""

import datetime as dt

import pytest

from contract.datasets import TODAY, row


def sunday(ago_weeks=0):
    """Days back to a Sunday."""
    return (TODAY - dt.date(2026, 3, 1)).days + 7 * ago_weeks


def test_a_sunday_is_a_sunday(person):
    """Sessions on Sundays appear under Sunday in every answer that knows weekdays."""
    service = person([row(sunday(week), 9, 90, category="Database") for week in range(8)])
    answer = service.ask("/api/analysis")
    assert answer["heatmap"]["Sunday"]["9"]["sessions"] == 8
    assert sum(cell["sessions"] for hours in answer["heatmap"].values() for cell in hours.values()) == 8
    assert list(answer["analysis"]["productivity_by_day"]) == ["Sunday"]
    assert answer["analysis"]["best_day"] == "Sunday"
    assert service.ask("/api/optimal-schedule?day=nedele")["hourly_breakdown"]["9"]["session_count"] == 8
    assert service.ask("/api/optimal-schedule?day=sobota")["hourly_breakdown"]["9"]["session_count"] == 0
    assert service.ask("/api/optimal-schedule?day=pondeli")["hourly_breakdown"]["9"]["session_count"] == 0
    assert service.ask("/api/theme-recommendation/2026-03-08")["recommended_theme"] == "Database"
    assert service.ask("/api/theme-recommendation/2026-03-07")["recommended_theme"] is None
    week = {
        day["day_name"]: day["expected_sessions"]
        for day in service.ask("/api/prediction/week")["predictions"]
    }
    assert week["Sunday"] == max(week.values())


def test_the_day_factor_follows_the_date(person):
    """Quality is predicted higher for the weekday that was rated higher."""
    good = [row(sunday(week) + 1, 10, 95) for week in range(12)]
    bad = [row(sunday(week) + 3, 10, 40) for week in range(12)]
    service = person([*good, *bad])
    score = [
        service.ask(f"/api/predict-quality?hour=10&day={day}")["factor_scores"]["day"]["score"]
        for day in (5, 3)
    ]
    assert score[0] > score[1]


def test_weekends_are_saturday_and_sunday(person):
    """Work on Saturdays and Sundays is weekend work; work on Fridays is not."""

    def factors(days):
        rows = [row(ago, hour, 70) for ago in days for hour in (9, 10, 11)]
        return {f["factor"] for f in person(rows).ask("/api/burnout-risk")["risk_factors"]}

    assert "weekend_work" in factors((3, 4, 10, 11))
    assert "weekend_work" not in factors((5, 12, 19, 6, 13))


def test_zero_is_a_rating(person):
    """A rating of 0 counts in every mean."""
    rows = [row(ago, 9, rating, category="Database") for ago, rating in ((1, 0), (2, 0), (3, 30))]
    service = person(rows)
    found = service.ask("/api/analysis")["analysis"]
    assert found["total_sessions_analyzed"] == 3
    assert service.ask("/api/analysis")["heatmap"]["Tuesday"]["9"]["avg_rating"] == 0
    assert service.ask("/api/preset-stats")["deep_work"] == {
        **service.ask("/api/preset-stats")["deep_work"], "avg_rating": 10.0, "session_count": 3,
    }  # fmt: skip
    theme = service.ask("/api/theme-productivity")["themes"][0]
    assert (theme["avg_rating"], theme["rated_count"]) == (10.0, 3)
    assert service.ask("/api/trends")["avg_productivity"] == 10.0
    assert service.ask("/api/train", method="POST")["sessions_with_rating"] == 3


def test_five_is_five_percent(person):
    """A person who rates everything 5 is predicted to rate low, not 100."""
    service = person([row(ago, hour, 5) for ago in range(30) for hour in (9, 10, 14)])
    assert service.ask("/api/preset-stats")["deep_work"]["avg_rating"] == 5.0
    assert service.ask("/api/prediction/today")["predicted_productivity"] < 15
    scores = service.ask("/api/predict-quality?hour=9")["factor_scores"]
    assert scores["hour"]["score"] < 20
    assert scores["preset"]["score"] < 20
    assert service.ask("/api/optimal-schedule")["hourly_breakdown"]["9"]["productivity"] < 20
    assert service.ask("/api/recommendation")["all_scores"]["deep_work"] < 40
    assert service.ask("/api/detect-anomalies")["baseline_summary"]["avg_productivity"] < 15


@pytest.mark.parametrize(("older", "newer", "trend", "arrow"), [
    (60, 85, "improving", "up"), (85, 60, "declining", "down"), (70, 70, "stable", "stable"),
])  # fmt: skip
def test_trends_follow_time(person, older, newer, trend, arrow):
    """Newer ratings above older ones are an improvement, whichever way rows are ordered."""
    rows = [
        row(ago, hour, (newer if ago < 7 else older) + hour % 3) for ago in range(14) for hour in (8, 9, 10)
    ]
    service = person(rows)
    assert service.ask("/api/trends?days=14")["productivity_trend"] == trend
    assert service.ask("/api/analysis")["analysis"]["trend"] == arrow
    declining = {f["factor"] for f in service.ask("/api/burnout-risk")["risk_factors"]}
    assert ("declining_productivity" in declining) == (trend == "declining")


def test_one_lucky_session_does_not_win(person):
    """A single rating of 100 beats neither preset, hour, weekday nor theme that are known well."""
    usual = [
        row(ago, hour, 78 + (ago + hour) % 5, category="REST API")
        for ago in range(1, 41)
        for hour in (9, 10, 11)
    ]
    lucky = row(sunday(1), 18, 100, preset="flow_mode", category="Frontend", minutes=90)
    service = person([*(r for r in usual if r[7] != lucky[7]), lucky])
    assert service.ask("/api/recommendation")["recommended_preset"] == "deep_work"
    assert (
        service.ask("/api/recommendation?current_hour=9&current_day=0")["recommended_preset"] == "deep_work"
    )
    found = service.ask("/api/analysis")["analysis"]
    assert 18 not in found["best_hours"][:1]
    assert service.ask("/api/theme-productivity")["best_theme"] == "REST API"
    assert service.ask("/api/theme-recommendation/2026-03-08")["recommended_theme"] in ("REST API", None)
    assert service.ask("/api/weekly-insights/2026-02-16")["recommended_focus"] in ("REST API", None)
    assert service.ask("/api/preset-stats")["deep_work"]["best_category"] == "REST API"
    scores = service.ask("/api/recommendation")["all_scores"]
    assert scores["flow_mode"] < 95


def test_days_without_sessions_count(person):
    """Somebody who works on one Wednesday in two is not expected to work as much on every Wednesday."""
    rows = [row(ago, hour, 70) for ago in range(14, 140, 14) for hour in (8, 9, 10, 11)]
    week = person(rows).ask("/api/prediction/week")
    wednesday = week["predictions"][0]
    assert wednesday["day_name"] == "Wednesday"
    assert wednesday["expected_sessions"] < 3.5
    assert week["total_predicted_sessions"] <= 5


def test_windows_hold_as_many_dates_as_they_say(person):
    """Fourteen days are today and the thirteen dates before."""
    inside = [row(ago, 9, 70) for ago in (0, 3, 6, 9, 12, 13)]
    service = person([*inside, row(14, 9, 70), row(15, 9, 70)])
    assert service.ask("/api/burnout-risk")["total_sessions_analyzed"] == len(inside)
    assert service.ask("/api/trends?days=14")["total_sessions"] == len(inside)


def test_sessions_that_were_broken_off_are_not_counted(person):
    """Only completed sessions are work that was done."""
    service = person([row(0, 8, 80), row(0, 9, 20, done=False)])
    assert service.ask("/api/prediction/today")["completed_sessions"] == 1
    assert service.ask("/api/analysis")["analysis"]["total_sessions_analyzed"] == 1
    assert service.ask("/api/train", method="POST")["sessions_analyzed"] == 1
