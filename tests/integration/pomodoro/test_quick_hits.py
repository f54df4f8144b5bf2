"""The short way to a kept answer and the way through all layers give the same, and count the same."""

import time

import httpx2
import pytest

from contract.service import Service
from integration.pomodoro.test_response_cache import READS, store

OWN = {"date", "x-request-id", "traceparent", "ratelimit"}
"""Differ from request to request."""

ASKED = (
    {}, {"If-None-Match": "ETAG"}, {"If-None-Match": '"other", ETAG'}, {"If-None-Match": '"other"'}, {"Accept-Language": "en"},
    {"X-User-ID": "somebody"}, {"X-Request-ID": "wanted-1"}, {"X-Request-ID": "not allowed!"},
    {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "tracestate": "a=b"}, {"Accept-Language": "de, en;q=0.5"},
)  # fmt: skip


def told(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers but those of the request itself."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in OWN]
    return answer.status_code, answer.content, sorted(headers)


def kept(client: httpx2.Client, path: str, headers: dict[str, str]) -> httpx2.Response:
    """Ask until the answer is a kept one: news of what was stored may still be on its way."""
    for _ in range(50):
        answer = client.get(path, headers=headers)
        if answer.headers["x-cache"] == "hit":
            return answer
        time.sleep(0.02)
    pytest.fail(f"{path} is not kept")


@pytest.mark.parametrize("wished", ASKED, ids=str)
def test_both_ways_give_the_same(client: httpx2.Client, service: Service, wished: dict[str, str]) -> None:
    """Status, body and headers, for every kept read."""
    store(client, 3, 9)
    quick = service.app.quick
    for path in READS:
        first = kept(client, path, {k: v for k, v in wished.items() if k != "If-None-Match"})
        headers = {name: value.replace("ETAG", first.headers["etag"]) for name, value in wished.items()}
        short = client.get(path, headers=headers)
        service.app.quick = None
        try:
            long = client.get(path, headers=headers)
        finally:
            service.app.quick = quick
        assert long.headers["x-cache"] == "hit"
        assert told(short) == told(long), (path, short.headers.get("x-cache"), first.headers["etag"])
        assert set(short.headers) == set(long.headers)
        if headers.get("X-Request-ID") == "wanted-1":
            assert short.headers["x-request-id"] == "wanted-1"
        if "traceparent" in headers:
            assert short.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
            assert short.headers["traceparent"].endswith("-00")


def test_hits_are_counted_once(client: httpx2.Client) -> None:
    """In the metrics, and against the caller's limits."""
    client.get("/api/analysis")
    counted = 'flask_http_request_duration_seconds_count{method="GET",path="/api/analysis",status="200"}'
    figures = lambda: float(client.get("/metrics").text.partition(counted)[2].split()[0])  # noqa: E731
    before = figures()
    left = [
        int(client.get("/api/analysis").headers["ratelimit"].partition("r=")[2].partition(";")[0])
        for _ in range(3)
    ]
    assert figures() == before + 3
    assert left[0] - left[2] in {0, 2}
