"""Tasks with estimates become today's schedule."""

import datetime as dt
from typing import Any

import httpx2
import pytest

PATH = "/api/ai/plan"


def ask(client: httpx2.Client, status: int = 200, language: str = "en", **body: Any) -> Any:
    answer = client.post(PATH, json=body, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_tasks_follow_each_other_with_breaks(client: httpx2.Client):
    made = ask(
        client, preset="deep_work",
        tasks=[{"task": "Tests", "sessions": 2}, {"task": "Article", "minutes": 60, "category": "Learning"}, {"task": "Mail"}],
    )  # fmt: skip
    assert [one["sessions_count"] for one in made["tasks"]] == [2, 2, 1]
    assert made["total_sessions"] == 5
    sessions = [session for task in made["tasks"] for session in task["sessions"]]
    assert [one["number"] for one in sessions] == [1, 2, 3, 4, 5]
    times = [dt.datetime.fromisoformat(one[end]) for one in sessions for end in ("starts_at", "ends_at")]
    assert times == sorted(times)
    assert times[0] == dt.datetime.fromisoformat(made["starts_at"])
    assert made["tasks"][-1]["ends_at"] == made["finishes_at"]
    assert made["work_minutes"] == 5 * 52
    assert made["basis"] == "default"
    assert made["ai_generated"] is False
    assert "5 sessions" in made["insights"]
    assert "5 bloků" in ask(client, language="cs", tasks=[{"task": "Testy", "sessions": 5}])["insights"]


def test_a_plan_may_begin_later_today(client: httpx2.Client):
    made = ask(client, tasks=[{"task": "Tests"}], start_at="23:30")
    assert made["starts_at"] == "2026-03-04T23:30:00+01:00"
    assert made["fits_today"] is False
    assert "after midnight" in made["insights"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"tasks": []}, {"tasks": [{"task": ""}]}, {"tasks": [{"task": "x", "sessions": 0}]}, {"tasks": "x"},
        {"tasks": [{"task": "x", "sessions": 20}, {"task": "y", "sessions": 5}]}, {"tasks": [{"task": "x"}], "start_at": "08:00"},
        {"tasks": [{"task": "x"}], "start_at": "25:00"}, {"tasks": [{"task": "x"}], "preset": "standard"},
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_told(client: httpx2.Client, body: dict[str, Any]):
    assert ask(client, 400, **body)["error"]


def test_what_is_no_object_is_told_without_our_names(client: httpx2.Client):
    answer = client.post("/api/ai/plan", json={"tasks": [1]})
    assert answer.status_code == 400
    assert answer.json()["error"] == "tasks.0: must be a JSON object"
