"""Nothing that is secret and nothing that was said is ever logged, whatever goes wrong."""

import io
import logging

import pytest

from integration.tokimeki.serving import FAST, SECRET, key_of

SAID = "MESSAGE-OF-A-PERSON"
TAUGHT = "HISTORY-OF-A-PERSON"
ANSWERED = "ANSWER-OF-A-MODEL"


@pytest.fixture
def lines(tmp_path):
    """Everything that is logged while a test runs, at the lowest level, as it would be written."""
    out = io.StringIO()

    class Plain(logging.Handler):
        def emit(self, record):
            out.write(self.format(record) + repr(record.__dict__) + "\n")

    handler = Plain(logging.DEBUG)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(before)


def everything(service, upstream, user):
    body = {"message": SAID, "history": [{"role": "user", "content": TAUGHT}], "model": FAST}
    openai = {"model": FAST, "messages": [{"role": "user", "content": SAID}]}
    for script in (
        {"content": ANSWERED}, {"fault": "status", "status": 401}, {"fault": "malformed"}, {"fault": "broken", "after": 1, "content": f"{ANSWERED} x y"},
        {"fault": "garbage"}, {"fault": "half"}, {"fault": "error", "after": 1},
    ):  # fmt: skip
        upstream.answers(**script)
        service.forgive()
        with service.user(user) as client:
            for path, sent in (
                ("/chat", body), ("/api/v1/chat", body), ("/api/v1/chat/stream", body), ("/v1/chat/completions", openai),
                ("/v1/chat/completions", openai | {"stream": True}), ("/compare_models", {"prompt": SAID}),
                ("/api/v1/compare/stream", {"prompt": SAID, "models": [FAST]}), ("/api/v1/chat", {"message": [SAID]}),
                ("/chat", {"message": SAID, "temperature": SAID}), ("/chat", {"message": SAID, "model": 5}),
            ):  # fmt: skip
                client.post(path, json=sent)
            client.post("/chat", content=f'{{"message": "{SAID}"')
            client.post(
                "/chat", content=f'{{"message": "{SAID}"}}', headers={"content-type": "application/xml"}
            )
    with service.user(user) as client:
        name = client.post("/api/v1/conversations", json={"title": SAID}).json()["id"]
        client.post("/api/v1/chat", json={"message": SAID, "conversation_id": name})


def test_no_secret_and_no_text(many, upstream, user, lines, monkeypatch):
    """All routes, all faults, at DEBUG."""
    # To try again would only take time.
    monkeypatch.setattr(many.context.gateway.retry_budget, "take", lambda: False)
    everything(many, upstream, user)

    async def broken(*_):
        raise RuntimeError("a mistake of ours")

    service = many.context.gateway
    usual, service.chat.open = service.chat.open, broken
    try:
        with many.user(user) as client:
            assert client.post("/api/v1/chat", json={"message": SAID}).status_code == 500
            assert client.post("/api/v1/chat/stream", json={"message": SAID}).status_code == 500
    finally:
        service.chat.open = usual
    told = lines.getvalue()
    assert told.count("\n") > 50
    assert "a mistake of ours" in told
    for secret in (SECRET, SAID, TAUGHT, ANSWERED, "quoted"):
        assert secret not in told, told[max(0, told.index(secret) - 300) : told.index(secret) + 100]


def test_answers_hold_no_key(many, upstream, user):
    """Nor does any error tell the provider's key."""
    upstream.answers(fault="status", status=401)
    with many.user(user) as client:
        for path in (
            "/chat",
            "/api/v1/chat",
            "/api/v1/chat/stream",
            "/compare_models",
            "/readyz",
            "/metrics",
            "/models",
        ):
            sent = {"message": "m", "prompt": "m", "model": key_of("fails")}
            answer = (
                client.get(path)
                if path in {"/readyz", "/metrics", "/models"}
                else client.post(path, json=sent)
            )
            assert SECRET not in answer.text
