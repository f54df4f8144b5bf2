"""Streams: ended by their client, by DELETE, by shutdown; followed after a lost connection."""

import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import httpx2
import pytest

from contract.checks import PROBLEM
from integration.tokimeki.serving import Service

kinds = pytest.mark.parametrize("resumable", [False, True], ids=["plain", "resumable"])


def until(condition, seconds=5.0, what=""):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what or "not in time"
        time.sleep(0.01)
    return value


@contextmanager
def background(service: Service, body, user, path="/api/v1/chat/stream"):
    """Read a stream in a thread; yields the list of its events, which grows."""
    events, done = [], threading.Event()

    def read() -> None:
        with service.stream(body, path, user=user) as stream:
            for event in stream:
                events.append(event)  # noqa: PERF402 - it is looked at while it grows
        done.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield events, done
    thread.join(10)


def delete(service: Service, name: str, user: str, status: int = 204) -> httpx2.Response:
    with service.user(user) as client:
        response = client.delete(f"/api/v1/chat/streams/{name}")
    assert response.status_code == status, response.text
    return response


def quiet(service: Service, user: str) -> None:
    """Nothing is left of the user's streams."""
    until(
        lambda: not [name for owner, name in service.context.hub._streams if owner == user],
        5,
        "a stream is left",
    )


@kinds
def test_cancel_before_the_first_token(one, upstream, user, resumable):
    """A client that named its stream ends it while the model still thinks; the upstream is closed within a second."""
    upstream.answers(latency=30)
    name = f"early-{uuid4().hex}"
    body = {"message": "Hello", "stream_id": name, "resumable": resumable}
    with background(one, body, user) as (events, done):
        upstream.until("active", 1)
        delete(one, name, user)
        assert upstream.until("cancelled", 1) < 1
        assert done.wait(3)
    assert [(event.name, event.data) for event in events] == [
        ("cancelled", {"partial": True, "delivered": ""})
    ]
    [record] = until(lambda: one.records(user))
    assert (record["outcome"], record["completion_tokens"]) == ("cancelled", 0)
    if not resumable:
        quiet(one, user)


@kinds
def test_cancel_in_the_middle(one, upstream, user, resumable):
    """The client gets `cancelled` with what it was given, the record the tokens so far."""
    upstream.answers(rate=20, tokens=400)
    with background(one, {"message": "Hello", "resumable": resumable}, user) as (events, done):
        until(lambda: len(events) > 4)
        delete(one, events[0].data["stream_id"], user)
        assert upstream.until("cancelled", 1) < 1
        assert done.wait(3)
    assert events[-1].name == "cancelled"
    told = "".join(event.data["text"] for event in events if event.name == "delta")
    assert events[-1].data["partial"] is True
    assert events[-1].data["delivered"] == told != ""
    [record] = until(lambda: one.records(user))
    assert (record["outcome"], record["estimated"]) == ("cancelled", True)
    assert 2 < record["completion_tokens"] < 100


def test_a_leaving_client_ends_a_plain_stream(one, upstream, user):
    """The upstream is closed as soon as the connection is."""
    upstream.answers(rate=20, tokens=400)
    with one.stream({"message": "Hello"}, user=user) as stream:
        next(iter(stream))
    assert upstream.until("cancelled", 1) < 1
    [record] = until(lambda: one.records(user))
    assert record["outcome"] == "cancelled"
    quiet(one, user)


@pytest.mark.parametrize(
    "path", ["/chat", "/api/v1/chat", "/api/v1/chat/stream", "/compare_models", "/v1/chat/completions"]
)
def test_a_client_leaves_before_anything_came(one, upstream, user, path):
    """Whole answers and streams without a token yet notice it too."""
    upstream.answers(latency=30)
    body = {"message": "Hello", "prompt": "Hello", "models": ["hunyuan"], "model": "hunyuan"}
    if path.startswith("/v1"):
        body["messages"] = [{"role": "user", "content": "Hello"}]
    with one.user(user) as client, pytest.raises(httpx2.ReadTimeout):
        client.post(path, json=body, timeout=0.4)
    assert upstream.until("cancelled", 1) < 1
    [record] = until(lambda: one.records(user))
    assert record["outcome"] == "cancelled"
    quiet(one, user)


def test_a_slow_reader_slows_the_upstream_only(one, upstream, user):
    """A plain stream holds back what its client does not read, within a bound, and loses nothing."""
    upstream.answers(tokens=60_000)
    with one.stream({"message": "Hello", "max_tokens": 4000}, user=user) as stream:
        iterator = iter(stream)
        next(iterator)
        time.sleep(0.5)
        assert one.context.hub.statistics().log_bytes < 600_000
        events = list(iterator)
    assert events[-1].name == "done"
    assert "".join(event.data["text"] for event in events[:-1]) == events[-1].data["response"]


def lose(service: Service, user: str, body, count: int):
    """Begin a resumable stream, read some events and lose the connection."""
    with service.stream({"message": "Hello", "resumable": True, **body}, user=user) as stream:
        iterator = iter(stream)
        return [next(iterator) for _ in range(count)]


def follow(service: Service, name: str, user: str, after: int | None):
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    path = f"/api/v1/chat/streams/{name}"
    return service.stream(None, path, user=user, method="GET", headers=headers)


def test_a_lost_connection_is_made_good(one, upstream, user):
    """A client that comes back gets what it missed, follows on, and has every event once."""
    upstream.answers(rate=25, tokens=40)
    seen = lose(one, user, {}, 5)
    name = seen[0].data["stream_id"]
    time.sleep(0.4)
    with follow(one, name, user, seen[-1].id) as stream:
        seen += stream.until("done")
    assert [event.id for event in seen] == list(range(1, 43))
    text = "".join(event.data["text"] for event in seen if event.name == "delta")
    assert text == seen[-1].data["response"]
    assert upstream.server.statistics.cancelled == 0
    # It is over, and may still be read again for a while, from the beginning too.
    with follow(one, name, user, None) as stream:
        assert [event.id for event in stream.until("done")] == list(range(1, 43))
    [record] = one.records(user)
    assert record["outcome"] == "ok"


def test_nobody_comes_back(one, upstream, user):
    """After the time of grace the upstream is closed; a connection in between begins it anew.

    When it was closed is told by the upstream itself, so that a busy machine may be late to look.
    """
    upstream.answers(rate=10, tokens=400)
    hub = one.context.hub
    hub.grace, usual = 2.0, hub.grace
    try:
        seen = lose(one, user, {}, 3)
        time.sleep(1.0)
        with follow(one, seen[0].data["stream_id"], user, seen[-1].id) as stream:
            next(iter(stream))
        lost = time.monotonic()
        upstream.until("cancelled", 1, 10)
        assert hub.grace - 0.05 < upstream.server.statistics.cancelled_at - lost < hub.grace + 1
        [record] = until(lambda: one.records(user))
        assert record["outcome"] == "cancelled"
        quiet(one, user)
    finally:
        hub.grace = usual


def test_a_plain_stream_is_not_followed(one, upstream, user):
    """409 with the reason, and the one who reads it is not disturbed."""
    upstream.answers(rate=20, tokens=20)
    with one.stream({"message": "Hello"}, user=user) as stream:
        iterator = iter(stream)
        name = next(iterator).data["stream_id"]
        answer = one.ask(f"/api/v1/chat/streams/{name}", PROBLEM, status=409, user=user)
        assert "resumable" in answer["error"]
        assert list(iterator)[-1].name == "done"


def test_streams_are_their_users_own(one, upstream, user):
    """Another user's stream does not exist: 404 to follow, to cancel, and its id may be used."""
    upstream.answers(rate=20, tokens=40)
    name = f"mine-{uuid4().hex}"
    with one.stream({"message": "Hello", "stream_id": name, "resumable": True}, user=user) as stream:
        iterator = iter(stream)
        next(iterator)
        one.ask(f"/api/v1/chat/streams/{name}", PROBLEM, status=404, user="stranger")
        delete(one, name, "stranger", 404)
        with one.stream({"message": "Hello", "stream_id": name}, user="stranger") as other:
            assert other.until("done")
        assert list(iterator)[-1].name == "done"


def test_a_stream_id_is_used_once(one, upstream, user):
    """409 while it is in use, and free again afterwards."""
    upstream.answers(rate=20, tokens=400)
    name = f"twice-{uuid4().hex}"
    with one.stream({"message": "Hello", "stream_id": name}, user=user) as stream:
        iterator = iter(stream)
        next(iterator)
        answer = one.post(
            "/api/v1/chat/stream", {"message": "Hello", "stream_id": name}, PROBLEM, status=409, user=user
        )
        assert answer["code"] == "conflict"
    quiet(one, user)
    upstream.answers()
    with one.stream({"message": "Hello", "stream_id": name}, user=user) as stream:
        assert stream.until("done")


def test_an_unknown_stream(one, user):
    """404 with the reason, soon."""
    began = time.monotonic()
    delete(one, "never-was-there", user, 404)
    delete(one, f"{one.context.hub.worker}-{uuid4().hex}", user, 404)
    one.ask("/api/v1/chat/streams/never-was-there", PROBLEM, status=404, user=user)
    assert time.monotonic() - began < 2.5


def test_streams_say_goodbye_at_shutdown(start, upstream, user):
    """`event: shutdown` with what was delivered, a record that says so, and no new stream."""
    upstream.answers(rate=20, tokens=400)
    service = start()
    openai = {"model": "hunyuan", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    compare = {"prompt": "Hello", "models": ["hunyuan", "qwen3-8b"]}
    with (
        background(service, {"message": "Hello"}, user) as (plain, plain_done),
        background(service, {"message": "Hello", "resumable": True}, user) as (kept, kept_done),
        background(service, openai, user, "/v1/chat/completions") as (chunks, chunks_done),
        background(service, compare, user, "/api/v1/compare/stream") as (lanes, lanes_done),
    ):
        until(lambda: all(len(events) > 3 for events in (plain, kept, chunks, lanes)))
        service.loop.call_soon_threadsafe(service.context.drain.begin)
        for done in (plain_done, kept_done, chunks_done, lanes_done):
            assert done.wait(3)
        for events in (plain, kept, lanes):
            assert events[-1].name == "shutdown"
            assert events[-1].data["partial"] is True
        assert plain[-1].data["delivered"].startswith("The market")
        assert "shutdown" in chunks[-1].data["error"]["message"]
        answer = service.post("/api/v1/chat/stream", {"message": "Hello"}, PROBLEM, status=503, user=user)
        assert answer["code"] == "draining"
    records = service.records(user)
    assert [record["outcome"] for record in records] == ["shutdown"] * 5
    assert upstream.until("cancelled", 5) < 1


def test_failed_streams_leave_nothing(one, upstream, user):
    """A stream that failed before it began is forgotten at once, so its id can be used again."""
    upstream.answers(fault="status", status=400)
    name = f"again-{uuid4().hex}"
    for resumable in (True, False):
        body = {"message": "Hello", "stream_id": name, "resumable": resumable}
        one.post("/api/v1/chat/stream", body, PROBLEM, status=502, user=user)
    quiet(one, user)
