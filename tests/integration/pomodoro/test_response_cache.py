"""Kept answers of the real service: what is a hit, what never is, and that no hit differs from a fresh answer."""

import asyncio
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import httpx2
import pytest

from contract.service import Service
from tandem.core.middleware.cached_answer import etag_of

READS = (
    "/api/analysis", "/api/recommendation", "/api/recommendation?category=Learning&current_hour=9&current_day=2",
    "/api/prediction/today", "/api/prediction/today?date=2026-03-02", "/api/prediction/week", "/api/trends?days=30",
    "/api/preset-stats", "/api/burnout-risk", "/api/optimal-schedule?sessions=3&day=friday", "/api/predict-quality",
    "/api/predict-quality?hour=9", "/api/detect-anomalies", "/api/debug/diversity", "/api/insights/summary",
    "/api/theme-productivity", "/api/weekly-insights/2026-03-02", "/api/theme-recommendation/2026-03-05",
)  # fmt: skip
"""Every read of the contract that is neither sessions, health, nor metrics."""


def store(client: httpx2.Client, day: int, hour: int, rating: int = 70, category: str = "Learning") -> None:
    """One session of February or March 2026."""
    start = (dt.datetime(2026, 2, 1, hour) + dt.timedelta(days=day)).isoformat()
    body = {"started_at": start, "duration_minutes": 50, "preset": "deep_work", "category": category,
            "productivity_rating": rating}  # fmt: skip
    assert client.post("/api/sessions", json=body).status_code == 201


def state(answer: httpx2.Response) -> str:
    """What X-Cache says, once."""
    assert answer.headers.get_list("x-cache") == [answer.headers["x-cache"]]
    return answer.headers["x-cache"]


@pytest.mark.parametrize("path", READS)
def test_every_read_is_kept_until_a_write(client: httpx2.Client, path: str) -> None:
    """Miss, then hit with the same bytes, headers and ETag; after a write the next answer is fresh."""
    store(client, 3, 9)
    first, second = client.get(path), client.get(path)
    assert (first.status_code, state(first), state(second)) == (200, "miss", "hit")
    assert first.content == second.content
    drop = ("x-cache", "date", "x-request-id", "traceparent", "ratelimit")
    told = [sorted((n, v) for n, v in one.headers.multi_items() if n not in drop) for one in (first, second)]
    assert told[0] == told[1]
    assert first.headers["etag"].encode() == etag_of(first.content)
    assert "accept-language" in first.headers["vary"].lower()
    store(client, 4, 10)
    assert state(client.get(path)) == "miss"


def test_a_hit_is_what_the_endpoint_would_say(start: Callable[..., Service]) -> None:
    """At any time of day, over the borders of hours and days, a kept answer equals the endpoint's own."""
    service = start(now=dt.datetime(2026, 3, 4, 10, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))))
    for day in range(30):
        store(service.client, day, 8 + day % 9, 40 + day, ("Learning", "Frontend")[day % 2])
    for move in (0, 0, 7, 59, 1_700, 1_800, 3_600, 40_000, 86_400, 86_399, 1):
        service.clock.move(dt.timedelta(seconds=move))
        for path in READS:
            kept = service.client.get(path)
            fresh = service.client.get(path, headers={"Cache-Control": "no-store"})
            assert state(fresh) == "bypass"
            assert kept.content == fresh.content, (path, service.clock.now())


def test_what_is_in_the_key(client: httpx2.Client, service: Service) -> None:
    """Language, user and declared parameters are; undeclared ones, their order and other headers are not."""
    store(client, 3, 9)
    path = "/api/recommendation"
    assert state(client.get(path, params={"category": "A", "current_hour": 9})) == "miss"
    assert state(client.get(path, params={"utm": 1, "current_hour": 9, "category": "A"})) == "hit"
    assert state(client.get(path, params={"category": "A", "current_hour": 10})) == "miss"
    english = client.get(path, params={"category": "A", "current_hour": 9}, headers={"Accept-Language": "en"})
    assert (state(english), english.headers["content-language"]) == ("miss", "en")
    other = httpx2.get(
        f"{service.url}{path}?category=A&current_hour=9", headers={"X-User-ID": "somebody-else"}
    )
    assert state(other) == "miss"
    assert client.get(path, headers={"X-User-ID": "not allowed!"}).status_code == 400


def test_errors_are_never_kept(client: httpx2.Client) -> None:
    """Each wrong request gets an answer with its own request id."""
    answers = [client.get("/api/prediction/today?date=nonsense") for _ in range(2)]
    assert [one.status_code for one in answers] == [400, 400]
    assert answers[0].json()["request_id"] != answers[1].json()["request_id"]
    assert "etag" not in answers[0].headers


def test_ignored_parameters_are_named_in_hits_too(client: httpx2.Client) -> None:
    """A kept answer says what its first one said."""
    answers = [client.get("/api/trends?days=many") for _ in range(2)]
    assert [state(one) for one in answers] == ["miss", "hit"]
    assert [one.headers["x-ignored-parameters"] for one in answers] == ["days", "days"]


def test_conditional_requests_and_head(client: httpx2.Client) -> None:
    """304 without a body for a known ETag, with the headers of the 200; HEAD has no body."""
    whole = client.get("/api/analysis")
    same = client.get("/api/analysis", headers={"If-None-Match": f'"other", W/{whole.headers["etag"]}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", whole.headers["etag"])
    assert "content-type" not in same.headers
    head = client.head("/api/analysis")
    assert (head.status_code, head.content, state(head)) == (200, b"", "hit")
    assert head.headers["content-length"] == str(len(whole.content))
    store(client, 5, 9)
    changed = client.get("/api/analysis", headers={"If-None-Match": whole.headers["etag"]})
    assert changed.status_code == 200


def test_request_cache_control(client: httpx2.Client) -> None:
    """no-cache and max-age=0 ask anew, no-store keeps nothing, only-if-cached never asks."""
    control = lambda value: client.get("/api/analysis", headers={"Cache-Control": value})  # noqa: E731
    missing = control("only-if-cached")
    assert (missing.status_code, missing.json()["code"]) == (504, "not_cached")
    assert state(control("no-store")) == "bypass"
    assert control("only-if-cached").status_code == 504
    assert state(control("no-cache")) == "bypass"
    assert state(control("only-if-cached")) == "hit"
    assert state(control("max-age=0, no-transform")) == "miss"
    assert state(control("max-age=600")) == "hit"


def test_configured_categories_reach_kept_answers(client: httpx2.Client) -> None:
    """They are no session, and yet what depends on them is fresh."""
    assert state(client.get("/api/debug/diversity")) == "miss"
    assert state(client.get("/api/debug/diversity")) == "hit"
    assert client.post("/api/config/categories", json={"categories": ["Solo"]}).status_code == 200
    fresh = client.get("/api/debug/diversity")
    assert state(fresh) == "miss"
    assert state(client.get("/api/debug/diversity")) == "hit"


def test_a_crowd_asks_the_endpoint_once(start: Callable[..., Service]) -> None:
    """Readers that overlap share one answer."""
    service = start()
    with ThreadPoolExecutor(20) as pool:
        ask = lambda _: httpx2.get(f"{service.url}/api/analysis", timeout=15)  # noqa: E731
        answers = list(pool.map(ask, range(60)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.headers["x-request-id"] for one in answers}) == 60
    metrics = service.client.get("/metrics").text
    asked = [
        line
        for line in metrics.splitlines()
        if line.startswith('ml_prediction_requests_total{prediction_type="analysis"')
    ]
    assert float(asked[0].split()[-1]) < 20


def test_the_cache_routes(start: Callable[..., Service]) -> None:
    """Status counts, a tag reaches its answers and no others, clear drops all; metrics tell the same."""
    service = start()
    client = service.client
    for path in ("/api/analysis", "/api/trends"):
        client.get(path)
        assert state(client.get(path)) == "hit"
    told = client.get("/api/cache/status").json()
    assert (told["status"], told["backend"], told["hits"], told["misses"], told["hit_rate"]) == (
        "ok",
        "memory",
        2,
        2,
        0.5,
    )
    assert told["memory"]["entries"] == 2
    assert 'ml_cache_hits_total{cache_type="response"} 2.0' in client.get("/metrics").text
    assert client.post("/api/cache/invalidate", json={"tag": "predictions"}).json()["tag"] == "predictions"
    assert state(client.get("/api/trends")) == "miss"
    assert state(client.get("/api/analysis")) == "hit"
    client.post("/api/cache/invalidate", json={"tag": "user:default"})
    assert state(client.get("/api/analysis")) == "miss"
    assert client.post("/api/cache/clear").json()["status"] == "cleared"
    assert state(client.get("/api/analysis")) == "miss"
    wrong = client.post("/api/cache/invalidate", json={"tag": "*"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")


async def test_a_write_past_the_service_is_seen(start: Callable[..., Service], database_url: str) -> None:
    """A row that the old web service writes makes kept answers unusable within 50 ms (and a noisy machine's share)."""
    service = start()
    client = service.client
    connection = await asyncpg.connect(database_url)
    try:
        for number in range(20):
            await asyncio.to_thread(client.get, "/api/analysis")
            await connection.execute(
                "INSERT INTO sessions (preset, category, duration_minutes, completed, productivity_rating, date, time)"
                " VALUES ('deep_work', 'Learning', 50, true, 80, '2026-03-03', '09:00')"
            )
            await asyncio.sleep(0.05)
            answer = await asyncio.to_thread(client.get, "/api/analysis")
            assert answer.json()["analysis"]["total_sessions_analyzed"] == number + 1
    finally:
        await connection.close()
