"""The forecast of the finish over HTTP: Wednesday, 4 March 2026, 10:30 in Prague."""

import httpx2
import pytest


def test_when_so_many_sessions_will_be_done(client: httpx2.Client) -> None:
    found = client.get("/api/prediction/finish", params={"sessions": 2, "preset": "quick_tasks"}).json()
    assert set(found) == {
        "sessions", "completed_today", "starts_at", "finishes_at", "interval_80", "total_minutes", "interval_minutes",
        "work_minutes", "break_minutes", "past_midnight", "plan", "method", "basis", "sample_days", "sample_sessions",
    }  # fmt: skip
    assert found["starts_at"] == "2026-03-04T10:30:00+01:00"
    assert found["interval_80"][0] <= found["finishes_at"] <= found["interval_80"][1]
    assert found["basis"] == "default"


@pytest.mark.parametrize("query", ["sessions=0", "sessions=25", "sessions=x", "sessions=2&preset=nap"])
def test_an_end_of_nothing_is_not_forecast(client: httpx2.Client, query: str) -> None:
    answer = client.get(f"/api/prediction/finish?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]
