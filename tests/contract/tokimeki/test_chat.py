"""POST /chat: contract 2.1 and what the chat page reads."""

import json

import pytest

from contract.checks import PROBLEM, TIMESTAMP, integer, one_of, text

USAGE = {"prompt_tokens": integer(0), "completion_tokens": integer(0), "total_tokens": integer(0)}
CHAT = {"success": one_of(True), "response": text(), "model": text(), "usage": USAGE, "timestamp": TIMESTAMP}
MODELS = ("mistral-small", "deepseek-r1", "deepseek-chat", "qwen3-8b", "gemma-3n", "hunyuan")
FILLER = "The market closed higher today"


def raw(service, content, kind, path="/chat", **more):
    headers = {} if kind is None else {"content-type": kind}
    return service.ask(path, method="POST", content=content, headers=headers, **more)


def test_a_chat(tokimeki, upstream):
    """A message alone is answered by the default model with the default temperature and length."""
    answer = tokimeki.post("/chat", {"message": "  Hello there  "}, CHAT)
    assert answer["model"] == "mistral-small"
    assert answer["response"].startswith(FILLER)
    assert (
        answer["usage"]["total_tokens"]
        == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
    )
    [sent] = upstream.seen
    assert sent["model"] == "mistralai/mistral-small-3.2-24b-instruct:free"
    assert (sent["temperature"], sent["max_tokens"], sent["stream"]) == (0.7, 1000, False)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["messages"][-1]["content"] == "Hello there"


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_echoed(tokimeki, model):
    """Each of the six keys may be asked for and comes back."""
    assert tokimeki.post("/chat", {"message": "Hello", "model": model}, CHAT)["model"] == model


@pytest.mark.parametrize(
    ("temperature", "max_tokens"),
    [("0.5", "10"), (0, 1), (2, 4000), (" 1.5 ", " 20 "), ("2", "4000"), (1e0, 5)],
)
def test_numbers_may_be_text(tokimeki, upstream, temperature, max_tokens):
    """Numbers are accepted as text and at the ends of their ranges, and arrive as numbers."""
    tokimeki.post("/chat", {"message": "Hello", "temperature": temperature, "max_tokens": max_tokens}, CHAT)
    [sent] = upstream.seen
    assert (sent["temperature"], sent["max_tokens"]) == (float(temperature), int(max_tokens))


WRONG = [
    {}, {"message": ""}, {"message": "   \n\t"}, {"message": None}, {"message": 5}, {"message": ["a"]},
    {"message": {"a": 1}}, {"message": True}, {"message": "a\u0000b"}, {"message": "x" * 100_001},
    *({"message": "m", "model": model} for model in ("", "gpt-9", None, 5, ["mistral-small"], {}, "kimi-k2")),
    *({"message": "m", "temperature": t} for t in (-0.01, 2.01, "hot", "", None, [], {}, True, "nan", "inf")),
    *({"message": "m", "max_tokens": n} for n in (0, 4001, -5, "many", "", None, 1.5, [], {}, False, "1e9")),
    *({"message": "m", "history": h} for h in (None, "text", 5, {"role": "user"}, [5], ["text"])),
    *({"message": "m", "history": [turn]} for turn in (
        {"role": "user", "content": 5}, {"role": 5, "content": "a"}, {"role": "user", "content": "a\u0000"},
    )),
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG, ids=lambda body: json.dumps(body)[:60])
def test_wrong_values_are_refused(tokimeki, upstream, body):
    """400 with the reason, as intended there, and no model is asked."""
    answer = tokimeki.post("/chat", body, PROBLEM, status=400)
    assert answer["code"] == "invalid_input"
    assert not upstream.seen


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"text"', b"5", b"\xff\xfe{}", b"message=hello"]
)
@pytest.mark.parametrize("kind", ["application/json", None, "application/x-www-form-urlencoded"])
def test_what_is_no_object_is_refused(tokimeki, content, kind):
    """An empty body, no JSON and no object: 400 as JSON, whatever the content type says."""
    raw(tokimeki, content, kind, status=400, shape=PROBLEM)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/ld+json",
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/compare_models"])
def test_json_is_read_whatever_it_is_called(tokimeki, path, kind):
    """Clients that forget the content type, or send curl's default one, are understood."""
    key = "message" if path == "/chat" else "prompt"
    assert raw(tokimeki, json.dumps({key: "Hello", "max_tokens": 5}), kind, path)["success"] is True


def test_a_byte_order_mark_is_skipped(tokimeki):
    """Some clients write one before UTF-8."""
    assert raw(tokimeki, '\ufeff{"message": "Hello"}'.encode(), "application/json")["success"] is True


def test_a_message_too_long_is_counted_in_characters(tokimeki):
    """The reason counts what a text has, and what a list has."""
    body = {"message": "x" * 100_001}
    assert "100000 character(s)" in tokimeki.post("/chat", body, PROBLEM, status=400)["error"]
    body = {"prompt": "x", "models": ["qwen3-8b"] * 13}
    assert "12 item(s)" in tokimeki.post("/compare_models", body, PROBLEM, status=400)["error"]


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/xml", "image/png"])
@pytest.mark.parametrize("path", ["/chat", "/compare_models"])
def test_other_bodies_are_refused(tokimeki, path, kind):
    """415 for what says to be something else altogether."""
    assert raw(tokimeki, b"{}", kind, path, status=415, shape=PROBLEM)["code"] == "unsupported_media_type"


def test_a_body_too_large_is_refused(tokimeki):
    """413 as JSON."""
    raw(tokimeki, b" " * (1024 * 1024 + 1), "application/json", status=413, shape=PROBLEM)


def roles(sent):
    return [(message["role"], message["content"]) for message in sent["messages"][1:]]


def test_the_last_ten_turns_are_sent(tokimeki, upstream):
    """Of a longer history the last ten; what lies before is not even looked at."""
    turns = [{"role": "user" if n % 2 == 0 else "assistant", "content": f"turn {n}"} for n in range(14)]
    tokimeki.post("/chat", {"message": "now", "history": [{"role": 1}, 7, *turns]}, CHAT)
    [sent] = upstream.seen
    assert roles(sent) == [(t["role"], t["content"]) for t in turns[-10:]] + [("user", "now")]


def test_turns_that_miss_a_key_are_skipped(tokimeki, upstream):
    """They are left out, not refused, and count among the ten."""
    lacking = [
        {"role": "user"},
        {"content": "a"},
        {},
        {"role": "assistant", "content": None},
        {"role": None, "content": "b"},
    ]
    kept = [{"role": "user", "content": f"turn {n}"} for n in range(10)]
    tokimeki.post("/chat", {"message": "now", "history": [*kept, *lacking]}, CHAT)
    [sent] = upstream.seen
    assert roles(sent) == [("user", f"turn {n}") for n in range(5, 10)] + [("user", "now")]


def test_nobody_else_speaks_as_the_system(tokimeki, upstream):
    """A client's `system` turn goes out as the user's words; there is one system message, and it is ours."""
    turns = [
        {"role": role, "content": f"as {role}"}
        for role in ("system", "developer", "tool", "SYSTEM", "assistant")
    ]
    tokimeki.post("/chat", {"message": "Hello", "history": turns}, CHAT)
    [sent] = upstream.seen
    assert [role for role, _ in roles(sent)] == ["user", "user", "user", "user", "assistant", "user"]
    assert "as system" not in sent["messages"][0]["content"]
    assert sent["messages"][0]["role"] == "system"


def test_the_page_repeats_its_message(tokimeki, upstream):
    """The old page appends the message to the history that it sends: it is not said twice."""
    history = [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": " Hello "}]
    tokimeki.post("/chat", {"message": "Hello", "history": history}, CHAT)
    [sent] = upstream.seen
    assert roles(sent) == [("assistant", "Hi"), ("user", "Hello")]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("400", 502, "provider_rejected"), ("401", 502, "provider_rejected"), ("404", 502, "provider_rejected"),
        ("no_choices", 502, "bad_answer"), ("null", 502, "bad_answer"), ("malformed", 502, "bad_answer"),
    ],
)  # fmt: skip
def test_upstream_failures_have_a_status(tokimeki, upstream, fault, status, code):
    """The reason reaches the client, as JSON with a status that says whose fault it is, without what was sent."""
    upstream.answers(
        fault="status" if fault.isdigit() else fault, status=int(fault) if fault.isdigit() else 500
    )
    answer = tokimeki.post("/chat", {"message": "Hello"}, PROBLEM, status=status)
    assert answer["code"] == code
    assert "quoted" not in json.dumps(answer)


def test_a_rate_limited_provider_says_when(tokimeki, upstream):
    """503 with Retry-After when the provider asks for a pause that nobody waits for."""
    upstream.answers(fault="status", status=429, retry_after="37")
    response = tokimeki.client.post("/chat", json={"message": "Hello"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "37")
    assert response.json()["code"] == "provider_rate_limited"


def test_an_exact_answer_is_marked_with_its_time(tokimeki, upstream):
    """At temperature 0 the same question is answered once; the time is that of the original call."""
    body = {"message": "What is one and one?", "temperature": 0}
    first, second = (tokimeki.post("/chat", body, CHAT, user="cached") for _ in range(2))
    assert len(upstream.seen) == 1
    assert (first["from_cache"], second["from_cache"]) == (False, True)
    assert second["response"] == first["response"]
    assert second["timestamp"][:16] == first["timestamp"][:16]
    assert second["timestamp"] <= first["timestamp"]


@pytest.mark.parametrize("path", ["/chat", "/compare_models", "/debug-qwen"])
def test_other_methods_are_refused(tokimeki, path):
    """405 as JSON, naming what is allowed."""
    response = tokimeki.client.get(path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["code"] == "method_not_allowed"
