"""The monitoring API of both services, over a real socket."""

import json
import re
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest

from contract.service import Service as Pomodoro
from integration.pomodoro.conftest import start as start_pomodoro  # noqa: F401 - a fixture
from integration.tokimeki.conftest import (  # noqa: F401 - fixtures
    _one,
    chat_database,
    one,
    provider,
    upstream,
    user,
)
from integration.tokimeki.serving import FAST
from integration.tokimeki.serving import Service as Tokimeki

SECTIONS = {
    "service", "version", "status", "parts", "range", "start", "end", "seconds", "complete", "requests", "cache", "limits",
    "event_loop", "workers", "pool", "usage", "jobs", "unavailable",
}  # fmt: skip


@pytest.fixture
def pomodoro(start_pomodoro: Callable[..., Pomodoro]) -> Pomodoro:  # noqa: F811
    return start_pomodoro()


def events(response: httpx2.Response) -> Iterator[tuple[str, dict]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_pomodoro_tells_what_was_asked(pomodoro: Pomodoro) -> None:
    client = pomodoro.client
    before = client.get("/api/v1/monitoring/overview").json()["requests"]["total"]
    for _ in range(3):
        assert client.get("/api/recommendation").status_code == 200
    assert client.get("/api/prediction/nothing").status_code == 404
    time.sleep(1.1)  # sums may be that old
    found = client.get("/api/v1/monitoring/overview", params={"range": "5m"}).json()
    assert set(found) == SECTIONS
    assert (found["service"], found["status"], found["range"]) == ("pomodoro", "ready", "5m")
    assert found["requests"]["total"] >= before + 4
    assert found["requests"]["errors_4xx"] >= 1
    assert found["requests"]["errors_5xx"] == 0
    rows = {row["route"]: row for row in found["requests"]["by_route"]}
    assert rows["/api/recommendation"]["requests"] == 3
    assert rows["/api/recommendation"]["latency"]["mean_ms"] > 0
    assert (found["cache"]["hits"], found["cache"]["misses"]) == (2, 1)
    assert found["cache"]["hit_rate"] == 0.6667
    assert found["pool"]["limit"] == 10
    assert found["pool"]["open"] >= 1
    assert found["usage"] is None
    assert found["jobs"] == {"queues": {}, "oldest_waiting_seconds": None, "workers": 0}
    assert found["complete"] is False  # it has not run for five minutes
    (worker,) = found["workers"]
    assert worker["answering"] is True
    assert worker["tasks"] > 0
    assert found["unavailable"] == {}


@pytest.mark.parametrize("text", ["0m", "8d", "x", ""])
def test_a_range_that_is_none(pomodoro: Pomodoro, text: str) -> None:
    for path in ("overview", "events"):
        answer = pomodoro.client.get(f"/api/v1/monitoring/{path}", params={"range": text})
        assert answer.status_code in (400, 422), text
        assert "range" in answer.json()["error"]


def test_tokimeki_tells_usage_and_cost(one: Tokimeki, user: str) -> None:  # noqa: F811
    with httpx2.Client(base_url=one.url, headers={"X-User-ID": user}, timeout=20) as client:
        answer = client.post("/api/v1/chat", json={"message": "hello", "model": FAST})
        assert answer.status_code == 200
        found = client.get("/api/v1/monitoring/overview?range=1h").json()
    assert set(found) == SECTIONS
    assert found["usage"]["whose"] == "all"
    models = {row["name"]: row for row in found["usage"]["by_model"]}
    row = next(row for name, row in models.items() if re.search("mistral", name))
    assert row["requests"] >= 1
    assert row["completion_tokens"] >= 1
    assert [key["name"] for key in found["usage"]["by_key"]] == [""]  # authentication is off: no keys


def test_events_come_until_the_client_leaves(pomodoro: Pomodoro) -> None:
    with pomodoro.client.stream("GET", "/api/v1/monitoring/events?interval=1") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        names = [next(told) for _ in range(2)]
    assert [name for name, _ in names] == ["overview", "overview"]
    assert set(names[0][1]) == SECTIONS
    assert names[1][1]["end"] >= names[0][1]["end"]
    # A place that was left is free again: more may come and go than there are places.
    for _ in range(40):
        with pomodoro.client.stream("GET", "/api/v1/monitoring/events?interval=60") as answer:
            assert answer.status_code == 200
            assert next(events(answer))[0] == "overview"
