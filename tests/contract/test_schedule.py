"""/api/optimal-schedule."""

import itertools

import pytest

from contract.checks import (
    COUNT,
    FULL_HOUR,
    HOUR_KEY,
    ISO_DAY,
    PRESET,
    PRESET_NAMES,
    exactly,
    integer,
    many,
    maybe,
    number,
    one_of,
    rating,
    share,
    table,
    text,
)

DAYS = ("Pondělí", "Úterý", "Středa", "Čtvrtek", "Pátek", "Sobota", "Neděle")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES = (
    ("monday", "pondeli", "pondělí"), ("tuesday", "utery", "úterý"), ("wednesday", "streda", "středa"),
    ("thursday", "ctvrtek", "čtvrtek"), ("friday", "patek", "pátek"), ("saturday", "sobota"),
    ("sunday", "nedele", "neděle"),
)  # fmt: skip
WORK = {"deep_work": (52, 17), "learning": (45, 15), "quick_tasks": (25, 5), "flow_mode": (90, 20)}
CONFIDENCE = one_of(0.1, 0.4, 0.7, 1.0)
DAY_HOUR = integer(6, 22)
MINUTES = {"total_work_minutes": COUNT, "total_break_minutes": COUNT, "total_time_minutes": COUNT}
SCHEDULE = {
    "date": ISO_DAY,
    "day_of_week": text(*DAYS),
    "day_of_week_en": text(*DAYS_EN),
    "day_of_week_num": integer(0, 6),
    "peak_hours": exactly(5, {
        "hour": DAY_HOUR, "time": FULL_HOUR, "expected_productivity": number(0, 100), "score": number(0, 100, 1),
        "recommended_preset": PRESET, "preset_name": text(), "preset_rating": maybe(rating()), "session_count": COUNT,
        "confidence": CONFIDENCE,
    }),
    "avoid_hours": exactly(5, {
        "hour": DAY_HOUR, "time": FULL_HOUR, "expected_productivity": number(0, 100), "score": number(0, 100, 1),
        "reason": text(), "session_count": COUNT, "confidence": CONFIDENCE,
    }),
    "hourly_breakdown": table(HOUR_KEY, {
        "hour": integer(0, 23), "time": FULL_HOUR, "productivity": maybe(rating()), "score": number(0, 100),
        "recommended_preset": PRESET, "preset_name": text(), "preset_rating": maybe(rating()), "session_count": COUNT,
        "completion_rate": maybe(rating()), "confidence": CONFIDENCE, "data_source": text("historical", "default"),
    }),
    "optimal_schedule": {
        "sessions": many({
            "slot": integer(1), "hour": integer(6, 21), "time": FULL_HOUR, "preset": PRESET, "preset_name": text(),
            "work_minutes": integer(1), "break_minutes": integer(1), "expected_productivity": number(0, 100, 1),
            "confidence": share(),
        }, most=12),
        **MINUTES,
        "avg_expected_productivity": number(0, 100, 1),
        "sessions_count": integer(0, 12),
    },
    "summary": {
        "best_time_range": text(like=r"\d\d:00 - \d\d:00"),
        "recommended_break_times": exactly(2, integer(0, 23)),
        "recommended_sessions": integer(1, 12),
        **MINUTES,
        "expected_avg_productivity": number(0, 100),
    },
    "confidence": share(),
    "total_sessions_analyzed": COUNT,
    "recommendation_basis": text(),
}  # fmt: skip


@pytest.mark.parametrize(
    "query", ["", "?sessions=6&day=today", "?sessions=1&day=nedele", "?sessions=12&day=Monday"]
)
def test_schedule(service, query):
    """The whole answer has the contract's shape and its parts fit each other."""
    answer = service.ask(f"/api/optimal-schedule{query}", SCHEDULE)
    assert answer["date"] == service.today.isoformat()
    assert set(answer["hourly_breakdown"]) == {str(hour) for hour in range(24)}
    assert answer["day_of_week"] == DAYS[answer["day_of_week_num"]]
    assert answer["day_of_week_en"] == DAYS_EN[answer["day_of_week_num"]]
    peaks, avoided = answer["peak_hours"], answer["avoid_hours"]
    assert [p["score"] for p in peaks] == sorted((p["score"] for p in peaks), reverse=True)
    assert [a["score"] for a in avoided] == sorted(a["score"] for a in avoided)
    assert not {p["hour"] for p in peaks} & {a["hour"] for a in avoided}
    for hour in (*peaks, *avoided, *answer["hourly_breakdown"].values()):
        assert hour["time"] == f"{hour['hour']:02}:00"
        assert hour.get("preset_name") == PRESET_NAMES.get(hour.get("recommended_preset"))
    assert [hour for hour, cell in answer["hourly_breakdown"].items() if int(hour) != cell["hour"]] == []
    assert answer["summary"]["recommended_break_times"] == [a["hour"] for a in avoided[:2]]


@pytest.mark.parametrize("wanted", [1, 4, 6, 12])
def test_plan(service, wanted):
    """Sessions are in order, do not overlap with the break before them, and their minutes add up."""
    answer = service.ask(f"/api/optimal-schedule?sessions={wanted}")
    plan, summary = answer["optimal_schedule"], answer["summary"]
    sessions = plan["sessions"]
    assert summary["recommended_sessions"] == wanted
    assert len(sessions) == plan["sessions_count"] <= wanted
    assert [s["slot"] for s in sessions] == list(range(1, len(sessions) + 1))
    for session in sessions:
        assert (session["work_minutes"], session["break_minutes"]) == WORK[session["preset"]]
        assert session["preset_name"] == PRESET_NAMES[session["preset"]]
        assert session["time"] == f"{session['hour']:02}:00"
    for before, after in itertools.pairwise(sessions):
        assert before["hour"] * 60 + before["work_minutes"] + before["break_minutes"] <= after["hour"] * 60
    work, rest = sum(s["work_minutes"] for s in sessions), sum(s["break_minutes"] for s in sessions)
    for told in (plan, summary):
        assert [told[key] for key in MINUTES] == [work, rest, work + rest]
    mean = sum(s["expected_productivity"] for s in sessions) / len(sessions) if sessions else 0
    assert plan["avg_expected_productivity"] == pytest.approx(mean, abs=0.11)
    assert summary["expected_avg_productivity"] == plan["avg_expected_productivity"]


@pytest.mark.parametrize(("number", "name"), [(n, name) for n, names in enumerate(NAMES) for name in names])
def test_days_have_czech_and_english_names(running, number, name):
    """A weekday may be named in either language, with or without diacritics, in any case."""
    for spelling in (name, name.upper()):
        answer = running("large").client.get("/api/optimal-schedule", params={"day": spelling})
        assert answer.json()["day_of_week_num"] == number
        assert "x-ignored-parameters" not in answer.headers


def test_without_sessions_the_usual_curve_answers(running):
    """Nothing known: a full answer from defaults, each hour marked as such, with little confidence."""
    answer = running("empty").ask("/api/optimal-schedule", SCHEDULE)
    assert {cell["data_source"] for cell in answer["hourly_breakdown"].values()} == {"default"}
    assert {cell["confidence"] for cell in answer["hourly_breakdown"].values()} == {0.1}
    assert all(cell["productivity"] is None for cell in answer["hourly_breakdown"].values())
    assert answer["optimal_schedule"]["sessions_count"] == 6
    assert answer["total_sessions_analyzed"] == 0
    assert answer["confidence"] < 0.2


def test_known_hours_are_historical(running):
    """Hours with ratings are marked as coming from history, and the evenings are avoided."""
    answer = running("large").ask("/api/optimal-schedule?day=streda", SCHEDULE)
    assert answer["hourly_breakdown"]["9"]["data_source"] == "historical"
    assert answer["hourly_breakdown"]["9"]["confidence"] == 1.0
    assert answer["hourly_breakdown"]["3"]["data_source"] == "default"
    assert {p["hour"] for p in answer["peak_hours"][:3]} <= {8, 9, 10, 11}
    assert answer["total_sessions_analyzed"] > 1000
    assert answer["confidence"] > 0.5
