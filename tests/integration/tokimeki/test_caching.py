"""Contract 2.19: cache-status, cache-clear, test-redis, with and without Redis; and what is kept of static routes."""

import json
import time

import redis

from contract.checks import TIMESTAMP, flag, integer, one_of, text

STATIC = ("/models", "/stock_symbols", "/api/model-comparison")
STATUS = {
    "cache_enabled": flag, "redis_connected": flag, "redis_test": flag, "default_ttl": one_of(300), "redis_url": text(),
    "backend": text("memory", "memory+redis"), "worker": lambda *_: None,
}  # fmt: skip


def state(service, path: str) -> str:
    with service.user("default") as client:
        return client.get(path).headers["x-cache"]


def test_static_reads_are_kept_and_cleared(bare) -> None:
    """A hit for everybody until an operator clears."""
    for path in STATIC:
        state(bare, path)
        assert state(bare, path) == "hit"
    answer = bare.post("/api/cache-clear", None)
    assert (answer["success"], answer["dropped"] >= len(STATIC)) == (False, True)
    assert "Redis is not configured" in answer["message"]
    assert [state(bare, path) for path in STATIC] == ["miss"] * len(STATIC)


def test_without_redis(bare) -> None:
    """All figures are there, and say that it is off."""
    told = bare.ask("/api/cache-status", STATUS)
    assert not any((told["cache_enabled"], told["redis_connected"], told["redis_test"]))
    assert (told["redis_url"], told["backend"]) == ("Not set", "memory")
    failed = bare.ask(
        "/api/test-redis", {"success": one_of(False), "error": text(), "cache_enabled": one_of(False)}
    )
    assert "not configured" in failed["error"]


def test_with_redis(start, redis_server) -> None:
    """No secret is shown, a value comes back, and clearing leaves other programs' keys alone."""
    service = start(redis_url=redis_server.url.replace("redis://", "redis://ann:secret-word@"))
    plain = redis.Redis.from_url(redis_server.url)
    plain.execute_command("ACL", "SETUSER", "ann", "on", ">secret-word", "~*", "+@all")
    plain.set("somebody-elses", "kept")
    deadline = time.monotonic() + 10
    while not (told := service.ask("/api/cache-status", STATUS))["redis_connected"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (told["redis_test"], told["redis_url"]) == (True, redis_server.url)
    assert "secret" not in json.dumps(told)
    tested = service.ask(
        "/api/test-redis",
        {
            "success": one_of(True), "message": text(), "test_key": text(), "timestamp": TIMESTAMP,
            "test_value": {"timestamp": text(), "message": text()}, "retrieved": {"timestamp": text(), "message": text()},
        },
    )  # fmt: skip
    assert tested["retrieved"] == tested["test_value"]
    state(service, "/models")
    assert [key for key in plain.scan_iter() if b" /models?" in key]
    cleared = service.post(
        "/api/cache-clear", None, {"success": one_of(True), "message": text(), "dropped": integer(1)}
    )
    assert cleared
    assert plain.get("somebody-elses") == b"kept"
    assert not [key for key in plain.scan_iter() if b" /models?" in key]
    redis_server.kill()
    assert service.ask("/api/test-redis")["success"] is False
    assert service.ask("/api/cache-status")["redis_test"] is False
    assert service.post("/api/cache-clear", None)["success"] is False
    assert state(service, "/models") == "miss"
    plain.close()


def test_cleared_by_another_worker(start) -> None:
    """What one worker clears is dropped by its siblings."""
    one, two = start(), start()
    for service in (one, two):
        state(service, "/models")
        assert state(service, "/models") == "hit"
    one.post("/api/cache-clear", None)
    deadline = time.monotonic() + 5
    while state(two, "/models") == "hit":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_cleared_by_another_worker_are_answers_of_models_too(start) -> None:
    """The old route emptied the whole Redis: what a model had answered was asked anew, in every worker."""
    one, two = start(), start()
    question = {"message": "Say something that is kept", "temperature": 0}
    first, again = two.post("/chat", question), two.post("/chat", question)
    assert (first["from_cache"], again["from_cache"]) == (False, True)
    one.post("/api/cache-clear", None)
    deadline = time.monotonic() + 5
    while two.post("/chat", question)["from_cache"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
