"""`/api/v1/chat`, whole and streamed, its estimate, and who answers when nobody is configured."""

import time

import pytest

from contract.checks import PROBLEM, any_of, flag, integer, maybe, number, one_of, text
from integration.tokimeki.serving import FAST, key_of

USAGE = {"prompt_tokens": integer(1), "completion_tokens": integer(1), "total_tokens": integer(2)}
TIMINGS = {
    "total_seconds": number(0),
    "first_token_seconds": maybe(number(0)),
    "tokens_per_second": maybe(number(0)),
}
ANSWER = {
    "response": text(), "model": text(), "provider": text("openrouter"), "served_by": text(), "fallback": flag,
    "cached": flag, "finish_reason": text("stop", "length"), "usage": USAGE, "usage_estimated": flag,
    "cost_micro_usd": any_of(integer(0), one_of(None)), "timings": TIMINGS, "source": text("model"),
    "timestamp": text(like=r"\d{4}-.*[+-]\d\d:\d\d|.*Z"),
}  # fmt: skip


def test_a_whole_answer(one, user):
    """Says who gave it, what it cost and how long it took."""
    answer = one.post("/api/v1/chat", {"message": "Hello"}, ANSWER, user=user)
    assert (answer["model"], answer["served_by"]) == (FAST, "mistralai/mistral-small-3.2-24b-instruct:free")
    assert (answer["usage"]["completion_tokens"], answer["cost_micro_usd"], answer["fallback"]) == (
        20,
        0,
        False,
    )


def test_a_streamed_answer(one, upstream, user):
    """start, deltas, done: numbered without a gap, the pieces make the answer, done tells everything."""
    upstream.answers(latency=0.2, rate=50, tokens=10)
    began = time.monotonic()
    arrived = []
    with one.stream({"message": "Hello"}, user=user) as stream:
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["cache-control"] == "no-store"
        events = []
        for event in stream:
            events.append(event)
            arrived.append(time.monotonic() - began)
    assert [event.name for event in events] == ["start", *["delta"] * 10, "done"]
    assert [event.id for event in events] == list(range(1, 13))
    start, done = events[0].data, events[-1].data
    assert start["stream_id"] == stream.response.headers["x-stream-id"]
    assert (start["model"], start["provider"], start["fallback"]) == (FAST, "openrouter", False)
    assert "".join(event.data["text"] for event in events[1:-1]) == done["response"]
    assert arrived[-1] - arrived[0] > 0.1, "pieces come when they are there, not at the end"
    timings = done["timings"]
    assert 0.15 < timings["first_token_seconds"] < timings["total_seconds"] < 5
    assert 10 < timings["tokens_per_second"] < 100
    assert done["usage"]["completion_tokens"] == 10
    [record] = one.records(user)
    assert (record["outcome"], record["streamed"], record["completion_tokens"]) == ("ok", True, 10)
    assert record["endpoint"] == "/api/v1/chat/stream"


def test_silence_is_filled_with_heartbeats(one, upstream, user):
    """Comments keep the connection while a model thinks."""
    upstream.answers(tokens=2, rate=1)
    hub = one.context.hub
    hub.heartbeat, usual = 0.1, hub.heartbeat
    try:
        with one.stream({"message": "Hello"}, user=user) as stream:
            assert [event.name for event in stream] == ["start", "delta", "delta", "done"]
        assert 3 <= len(stream.comments) <= 12
        assert set(stream.comments) == {": heartbeat"}
    finally:
        hub.heartbeat = usual


@pytest.mark.parametrize(
    "body",
    [
        {"message": ""}, {"message": None}, {}, {"message": "m", "model": "gpt-9"}, {"message": "m", "temperature": 3},
        {"message": "m", "max_tokens": "x"}, {"message": "m", "stream_id": "short"}, {"message": "m", "stream_id": "a b c d e f"},
        {"message": "m", "conversation_id": "5"}, {"message": "m", "resumable": "maybe"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream", "/api/v1/chat/estimate"])
def test_wrong_values(one, upstream, path, body):
    """422 with the reason; nobody is asked."""
    assert one.post(path, body, PROBLEM, status=422)["code"] == "invalid_input"
    assert not upstream.seen


def test_json_without_a_content_type(one):
    """Read on the new routes too."""
    for path in ("/api/v1/chat", "/api/v1/chat/estimate"):
        one.ask(path, method="POST", content=b'{"message": "Hello"}', headers={})
        form = {"content-type": "application/x-www-form-urlencoded"}
        one.ask(path, method="POST", content=b'{"message": "Hello"}', headers=form)


def test_an_estimate(many, upstream, user):
    """Tells tokens and the most that it can cost before anything is sent; null when no price is known."""
    body = {"message": "word " * 400, "model": key_of("gpt-4o-mini"), "max_tokens": 1000}
    told = many.post("/api/v1/chat/estimate", body, user=user)
    assert (told["model"], told["provider"], told["max_completion_tokens"]) == (body["model"], "openai", 1000)
    assert 300 < told["prompt_tokens"] < 1000
    # 0.15 and 0.60 US dollars per million tokens, in millionths of a dollar.
    expected = 0.15 * told["prompt_tokens"] + 0.6 * 1000
    assert expected <= told["cost_micro_usd"] <= expected + 1
    assert (
        many.post("/api/v1/chat/estimate", {"message": "m", "model": FAST}, user=user)["cost_micro_usd"] == 0
    )
    unpriced = many.post("/api/v1/chat/estimate", {"message": "m", "model": key_of("slow")}, user=user)
    assert unpriced["cost_micro_usd"] is None
    assert not upstream.seen
    assert many.records(user) == []


def test_the_local_model_stands_in(bare, upstream, user):
    """A model without a key is answered by the local one, and everybody is told so."""
    answer = bare.post("/api/v1/chat", {"message": "Hello", "model": FAST}, user=user)
    told = (answer["model"], answer["provider"], answer["served_by"], answer["fallback"])
    assert told == (FAST, "local", "smollm2-135m-instruct", True)
    old = bare.post("/chat", {"message": "Hello", "model": FAST}, user=user)
    assert (old["model"], old["provider"], old["fallback"]) == (FAST, "local", True)
    with bare.stream({"message": "Hello", "model": FAST}, user=user) as stream:
        events = list(stream)
    for event in (events[0], events[-1]):
        assert (event.data["model"], event.data["provider"], event.data["fallback"]) == (FAST, "local", True)
    assert {record["provider"] for record in bare.records(user)} == {"local"}


def test_the_local_model_is_the_default_one(bare, upstream, user):
    """Without a key it answers as itself."""
    models = bare.ask("/models")
    assert (models["default_model"], models["api_configured"], models["configured"]) == (
        "local",
        True,
        ["local"],
    )
    assert bare.ask("/health")["api_configured"] is True
    answer = bare.post("/api/v1/chat", {"message": "Hello"}, user=user)
    assert (answer["model"], answer["provider"], answer["fallback"]) == ("local", "local", False)


def test_nobody_is_configured(start, upstream, user):
    """503 with the reason, whole and streamed; the page is told."""
    nobody = start(openrouter_api_key=None)
    assert nobody.ask("/health")["api_configured"] is False
    for path in ("/chat", "/api/v1/chat", "/api/v1/chat/stream"):
        answer = nobody.post(path, {"message": "Hello"}, PROBLEM, status=503, user=user)
        assert answer["code"] == "provider_not_configured"
    assert not upstream.seen


def test_another_provider_stands_in(many, upstream, user):
    """Where the asked one fails, the next is asked before the first piece; both attempts are recorded."""
    answer = many.post("/api/v1/chat", {"message": "Hello", "model": key_of("fails")}, user=user)
    assert (answer["model"], answer["provider"], answer["fallback"]) == (key_of("fails"), "openrouter", True)
    records = many.records(user)
    assert [(record["provider"], record["outcome"]) for record in records] == [
        ("openai", "rejected"),
        ("openrouter", "ok"),
    ]
    assert [record["attempt"] for record in records] == [1, 2]
    assert len({record["request_id"] for record in records}) == 1
