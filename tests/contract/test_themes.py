"""/api/theme-productivity, /api/theme-recommendation, /api/weekly-insights and /api/debug/diversity."""

import datetime as dt

import pytest

from contract.checks import COUNT, ISO_DAY, PROBLEM, integer, many, maybe, one_of, rating, table, text
from contract.datasets import TODAY, facts

THEMES = {
    "themes": many({"theme": text(), "sessions": integer(1), "avg_rating": rating(), "rated_count": COUNT}),
    "best_theme": maybe(text()),
}
CZECH_DAYS = ("pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota", "neděle")
RECOMMENDED = {
    "recommended_theme": maybe(text()), "reason": text(), "confidence": integer(0, 100), "day_of_week": text(*CZECH_DAYS),
}  # fmt: skip
INSIGHTS = {
    "predicted_sessions": COUNT, "recommended_focus": maybe(text()), "tip": text(), "productivity_trend": integer(-100),
}  # fmt: skip
DIVERSITY = {
    "status": text("ok"), "cutoff_date": ISO_DAY, "ai_generator_categories": many(text(), least=1),
    "detector_categories": many(text(), least=1),
    "recent_sessions": many({"date": ISO_DAY, "category": text()}, most=10),
    "total_sessions_in_db": COUNT, "total_sessions_analyzed": integer(0, 20),
    "diversity_result": {
        "overloaded_categories": many(text()), "overload_reason": lambda value, at: None,
        "avoid_categories": many(text()), "recommended_alternatives": many(text(), most=3),
        "confidence": one_of(0.0, 0.9), "reasoning": text(), "category_distribution": table(text(), COUNT),
        "analysis_days": one_of(2), "total_sessions_analyzed": COUNT,
    },
}  # fmt: skip
DATES = ("2026-03-02", "2026-03-04", "2026-02-25", "2025-07-14", "2031-01-01", "2024-02-29")


def test_themes(service, case):
    """Each theme is summed up, the most frequent first; the best one has at least three ratings."""
    answer = service.ask("/api/theme-productivity", THEMES)
    counts = [theme["sessions"] for theme in answer["themes"]]
    assert counts == sorted(counts, reverse=True)
    enough = set()
    for theme in answer["themes"]:
        assert theme["rated_count"] <= theme["sessions"]
        assert theme["rated_count"] or theme["avg_rating"] == 0
        if theme["rated_count"] >= 3:
            enough.add(theme["theme"])
    assert answer["best_theme"] in (enough or {None})
    if case.startswith("empty"):
        assert answer["themes"] == []
    else:
        rating()(answer["best_avg_rating"], "best_avg_rating")


@pytest.mark.parametrize("name", ["small", "large"])
def test_themes_are_counted_right(running, name):
    """Counts and means are those of the completed sessions; a rating of zero counts."""
    for theme in running(name).ask("/api/theme-productivity")["themes"]:
        own = [s["rating"] for s in facts(name) if s["category"] == theme["theme"]]
        ratings = [r for r in own if r is not None]
        assert (theme["sessions"], theme["rated_count"]) == (len(own), len(ratings))
        assert theme["avg_rating"] == pytest.approx(sum(ratings) / len(ratings) if ratings else 0, abs=0.051)


@pytest.mark.parametrize("date", DATES)
def test_theme_recommendation(service, case, date):
    """A theme for the weekday of the date, with a confidence in whole percent."""
    answer = service.ask(f"/api/theme-recommendation/{date}", RECOMMENDED)
    assert answer["day_of_week"] == CZECH_DAYS[dt.date.fromisoformat(date).weekday()]
    if case.startswith(("empty", "one")):
        assert answer["recommended_theme"] is None
        assert answer["confidence"] == 0
    if case.startswith("large"):
        assert answer["recommended_theme"] is not None
        assert answer["confidence"] > 0


@pytest.mark.parametrize("date", DATES)
def test_weekly_insights(service, case, date):
    """Seven days from any date in short, also before the first session and in the future."""
    answer = service.ask(f"/api/weekly-insights/{date}", INSIGHTS)
    first = dt.date.fromisoformat(date)
    known = facts(case)
    week = [s for s in known if first <= s["date"] < first + dt.timedelta(days=7)]
    if known:
        COUNT(answer["week_sessions"], "week_sessions")
        maybe(rating())(answer["best_theme_rating"], "best_theme_rating")
        assert answer["week_sessions"] == len(week)
        assert answer["recommended_focus"] in {s["category"] for s in week if s["rating"] is not None} | {
            None
        }
    else:
        assert answer["predicted_sessions"] == 42
        assert answer["recommended_focus"] is None
        assert answer["productivity_trend"] == 0


def test_the_trend_of_a_past_week_is_its_count(running):
    """``productivity_trend`` compares the number of sessions with the week before, in percent."""
    for back in (14, 21, 70):
        first = TODAY - dt.timedelta(days=back)
        counts = [
            sum(1 for s in facts("large") if start <= s["date"] < start + dt.timedelta(days=7))
            for start in (first, first - dt.timedelta(days=7))
        ]
        wanted = round(100 * (counts[0] - counts[1]) / counts[1])
        assert running("large").ask(f"/api/weekly-insights/{first}")["productivity_trend"] == wanted


def test_the_coming_week_is_that_of_the_forecast(running):
    """Weekly insights and the weekly forecast agree; a person's week is no constant."""
    for name in ("large", "small", "unrated"):
        insight = running(name).ask(f"/api/weekly-insights/{TODAY}")["predicted_sessions"]
        assert insight == running(name).ask("/api/prediction/week")["total_predicted_sessions"]
    assert running("large").ask(f"/api/weekly-insights/{TODAY}")["predicted_sessions"] != 30


@pytest.mark.parametrize("name", ["empty", "large"])
@pytest.mark.parametrize("route", ["weekly-insights", "theme-recommendation"])
@pytest.mark.parametrize(
    "date", ["notadate", "2026-02-30", "20260304", "2026-13-01", "2026-03-04T10:00", "0000-00-00"]
)
def test_an_invalid_date_is_refused(running, name, route, date):
    """A date in the path is checked, whether or not there are sessions."""
    answer = running(name).ask(f"/api/{route}/{date}", PROBLEM, status=400)
    assert "YYYY-MM-DD" in answer["error"]


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    "path",
    [
        "weekly-insights/{}",
        "theme-recommendation/{}",
        "prediction/today?date={}",
        "prediction/week?start_date={}",
    ],
)
@pytest.mark.parametrize("name", ["empty", "large"])
def test_the_ends_of_the_calendar(running, name, path, date):
    """The first and the last date there are give an answer or a reason, never an accident."""
    answer = running(name).client.get("/api/" + path.format(date))
    assert answer.status_code in (200, 400), answer.text
    assert answer.headers["content-type"].startswith("application/json")


def test_diversity(service, case):
    """What the detector saw has the contract's shape."""
    answer = service.ask("/api/debug/diversity", DIVERSITY)
    result = answer["diversity_result"]
    assert result["avoid_categories"] == result["overloaded_categories"]
    assert isinstance(result["overload_reason"], str)
    assert bool(result["overload_reason"]) == bool(result["overloaded_categories"])
    assert not set(result["recommended_alternatives"]) & set(result["avoid_categories"])
    assert set(result["recommended_alternatives"]) <= set(answer["detector_categories"])
    if case.startswith("empty"):
        assert (result["confidence"], result["category_distribution"]) == (0.0, {})
    assert answer["total_sessions_in_db"] == len(facts(case))
    newest = [(s["date"].isoformat(), s["category"]) for s in reversed(facts(case))]
    assert [(s["date"], s["category"]) for s in answer["recent_sessions"]] == newest[:10]
