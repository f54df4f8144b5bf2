"""Query parameters: old ones keep their treatment and are named when ignored, new ones are strict."""

import pytest

from contract.checks import PROBLEM

IGNORED = "x-ignored-parameters"

TREATED_AS = (
    ("/api/trends?days=abc", "/api/trends", {"days"}),
    ("/api/trends?days=", "/api/trends", {"days"}),
    ("/api/trends?days=1.5", "/api/trends", {"days"}),
    ("/api/optimal-schedule?sessions=99", "/api/optimal-schedule?sessions=12", {"sessions"}),
    ("/api/optimal-schedule?sessions=0", "/api/optimal-schedule?sessions=1", {"sessions"}),
    ("/api/optimal-schedule?sessions=-4", "/api/optimal-schedule?sessions=1", {"sessions"}),
    ("/api/optimal-schedule?sessions=six", "/api/optimal-schedule?sessions=6", {"sessions"}),
    ("/api/optimal-schedule?day=blursday", "/api/optimal-schedule", {"day"}),
    ("/api/optimal-schedule?day=x&sessions=x", "/api/optimal-schedule", {"day", "sessions"}),
    ("/api/predict-quality?hour=abc", "/api/predict-quality", {"hour"}),
    ("/api/predict-quality?hour=24", "/api/predict-quality", {"hour"}),
    ("/api/predict-quality?sessions_today=-1", "/api/predict-quality", {"sessions_today"}),
    (
        "/api/predict-quality?minutes_since_last=-1",
        "/api/predict-quality?minutes_since_last=0",
        {"minutes_since_last"},
    ),
    ("/api/predict-quality?day=abc", "/api/predict-quality", {"day"}),
    ("/api/predict-quality?sessions_today=many", "/api/predict-quality", {"sessions_today"}),
    ("/api/predict-quality?minutes_since_last=1e3", "/api/predict-quality", {"minutes_since_last"}),
    (
        "/api/predict-quality?hour=x&day=x&sessions_today=x&minutes_since_last=x",
        "/api/predict-quality",
        {"hour", "day", "sessions_today", "minutes_since_last"},
    ),
)
REFUSED = (
    ("/api/prediction/today?date=tomorrow", "date"), ("/api/prediction/today?date=2026-02-30", "date"),
    ("/api/prediction/today?date=", "date"), ("/api/prediction/today?date=20260304", "date"),
    ("/api/prediction/week?start_date=monday", "start_date"), ("/api/prediction/week?start_date=0", "start_date"),
    ("/api/recommendation?current_hour=24", "current_hour"), ("/api/recommendation?current_hour=-1", "current_hour"),
    ("/api/recommendation?current_hour=ten", "current_hour"), ("/api/recommendation?current_day=7", "current_day"),
    ("/api/recommendation?current_day=monday", "current_day"),
)  # fmt: skip
USUAL = (
    "/api/trends?days=30", "/api/optimal-schedule?sessions=12&day=today", "/api/optimal-schedule?day=TODAY",
    "/api/predict-quality?hour=0&day=6&sessions_today=0&minutes_since_last=0", "/api/recommendation?category=Learning",
    "/api/analysis?unheard=of",
)  # fmt: skip


@pytest.mark.parametrize("name", ["empty", "large"])
@pytest.mark.parametrize(("asked", "like", "named"), TREATED_AS)
def test_old_parameters_keep_their_treatment(running, name, asked, like, named):
    """What cannot be read becomes the default, what is out of range the nearest bound; the answer says which."""
    service = running(name)
    answer = service.client.get(asked)
    assert answer.status_code == 200
    assert answer.json() == service.ask(like)
    assert {part.strip() for part in answer.headers[IGNORED].split(",")} == named


@pytest.mark.parametrize("path", USUAL)
def test_usable_parameters_are_not_named(running, path):
    """Nothing is said about parameters that were used, nor about ones that nobody knows."""
    assert running("large").header(path, IGNORED) is None


@pytest.mark.parametrize("name", ["empty", "large"])
@pytest.mark.parametrize(("path", "named"), REFUSED)
def test_new_parameters_are_strict(running, name, path, named):
    """A wrong value of a parameter that the old service did not have is refused by name."""
    answer = running(name).ask(path, PROBLEM, status=400)
    assert named in answer["error"]
    assert answer["code"] == "invalid_input"


@pytest.mark.parametrize("value", ["999999999999999999999", "-999999999999999999999", "٣", "0x10", "1_0"])
def test_strange_numbers_are_harmless(running, value):
    """Numbers no one would type are replaced, never an accident."""
    for path in (
        "trends?days=",
        "optimal-schedule?sessions=",
        "predict-quality?hour=",
        "predict-quality?day=",
    ):
        answer = running("large").client.get(f"/api/{path}{value}")
        assert answer.status_code == 200, f"{path}{value}: {answer.text}"
        assert answer.headers[IGNORED]


def test_the_first_of_repeated_parameters_or_the_last_is_used(running):
    """A parameter given twice is no accident."""
    answer = running("large").ask("/api/optimal-schedule?sessions=2&sessions=3")
    assert answer["summary"]["recommended_sessions"] in (2, 3)
