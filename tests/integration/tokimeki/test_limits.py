"""Limits as a client meets them: headers, 429 in JSON, streams, and the old service's profile."""

from concurrent.futures import ThreadPoolExecutor

from contract.checks import text

REFUSED = {"error": text(), "code": text("too_many_requests"), "request_id": text(), "limit": text()}


def statuses(service, path: str, times: int) -> list[int]:
    with service.user("default") as client:
        return [client.get(path).status_code for _ in range(times)]


def test_this_machine_is_counted_and_not_refused(start) -> None:
    """With authentication off; metrics tell how often it was beyond the limit."""
    service = start(limit_requests=5)
    assert statuses(service, "/stock_symbols", 8) == [200] * 8
    with service.user("default") as client:
        answer = client.get("/stock_symbols")
        assert answer.headers["ratelimit-policy"] == '"requests";q=5;w=60'
        assert answer.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert 'outcome="exempt"' in client.get("/metrics").text


def test_too_many_requests(start) -> None:
    """429 in JSON with Retry-After, on hits of the cache too; OpenAI's shape under /v1; probes are never refused."""
    service = start(limit_requests=2, limit_loopback=True)
    assert statuses(service, "/stock_symbols", 2) == [200] * 2
    service.ask("/stock_symbols", REFUSED, status=429)
    with service.user("default") as client:
        answer = client.get("/stock_symbols")
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
        assert answer.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert "x-cache" not in answer.headers
        assert set(client.get("/v1/models").json()["error"]) >= {"message", "type", "param"}
        assert [client.get(path).status_code for path in ("/livez", "/readyz", "/health")] == [200] * 3
        told = client.get("/metrics").text
    assert 'flask_http_request_total{method="GET",status="429"}' in told
    assert 'tandem_limits_exceeded_total{limit="requests",holder="address",outcome="refused"}' in told


def test_a_proxy_that_is_trusted_tells_clients_apart(start) -> None:
    """By the address that it appended; without trust the header means nothing."""
    service = start(limit_requests=3, limit_loopback=True, trusted_proxies=("127.0.0.1",))
    with service.user("default") as client:
        told = [
            client.get(
                "/stock_symbols", headers={"X-Forwarded-For": f"198.51.100.{n % 7}, 203.0.113.{n % 2}"}
            ).status_code
            for n in range(10)
        ]
    assert told == [200] * 6 + [429] * 4


def test_streams_at_the_same_time(start, upstream) -> None:
    """The fifth stream is refused while four are open, whichever API it is asked by, and may begin once one ended."""
    upstream.answers(tokens=2000, rate=20)
    service = start(limit_loopback=True, limit_streams=2)
    body = {"message": "Hello", "model": "mistral-small"}
    with service.stream(body), service.stream(body):
        refused = service.post("/api/v1/chat/stream", body, REFUSED, status=429)
        assert refused["limit"] == "streams"
        asked = {"model": "mistral-small", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
        refused = service.post("/v1/chat/completions", asked, status=429)
        assert refused["error"]["type"] == "too_many_requests"
    upstream.answers()
    with service.stream(body) as again:
        again.until("done")


def test_the_old_services_profile(start) -> None:
    """Ten comparisons an hour, five tests of Redis a minute, fifty page loads an hour, each for itself."""
    service = start(limits="legacy", limit_loopback=True)
    assert statuses(service, "/api/test-redis", 7) == [200] * 5 + [429] * 2
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: statuses(service, "/stock_symbols", 15), range(4)))
    assert sum(status == 200 for part in told for status in part) == 50
    assert statuses(service, "/models", 1) == [200]


def test_off(start) -> None:
    """Nothing is counted and nothing told."""
    service = start(limits="off")
    with service.user("default") as client:
        assert "ratelimit" not in client.get("/stock_symbols").headers
