"""Conversations that are kept: created, listed, gone on with, deleted; each its user's own."""

from uuid import uuid4

import pytest

from contract.checks import PROBLEM, integer, maybe, text
from integration.tokimeki.serving import FAST, key_of

PATH = "/api/v1/conversations"
HEAD = {
    "id": text(like=r"[0-9a-f-]{36}"), "title": maybe(text()), "model": maybe(text()), "created_at": text(),
    "updated_at": text(), "messages": integer(0),
}  # fmt: skip


def begin(service, user, **wanted):
    return service.post(PATH, wanted, HEAD, status=201, user=user)


def turns(service, user, name):
    return [(turn["role"], turn["content"]) for turn in service.ask(f"{PATH}/{name}", user=user)["turns"]]


def test_a_conversation_goes_on(one, upstream, user):
    """What was said before is sent along, the newest ten turns of it, and each answer is kept."""
    name = begin(one, user, title="Greetings")["id"]
    upstream.answers(content="Good morning")
    first = one.post("/api/v1/chat", {"message": "Hello", "conversation_id": name}, user=user)
    assert (first["conversation_id"], first["kept"]) == (name, True)
    upstream.answers(content="Very well")
    with one.stream({"message": "How are you?", "conversation_id": name}, user=user) as stream:
        done = stream.until("done")[-1].data
    assert (done["conversation_id"], done["kept"]) == (name, True)
    [sent] = upstream.seen
    assert [(message["role"], message["content"]) for message in sent["messages"][1:]] == [
        ("user", "Hello"), ("assistant", "Good morning"), ("user", "How are you?"),
    ]  # fmt: skip
    assert turns(one, user, name) == [
        ("user", "Hello"), ("assistant", "Good morning"), ("user", "How are you?"), ("assistant", "Very well"),
    ]  # fmt: skip
    for number in range(5):
        one.post("/chat", {"message": f"question {number}", "conversation_id": name}, user=user)
    last = upstream.seen[-1]["messages"]
    assert len(last) == 1 + 10 + 1
    assert last[1]["content"] == "How are you?"
    assert one.ask(f"{PATH}/{name}", user=user)["messages"] == 14


def test_an_answer_with_a_nul_is_kept(one, upstream, user):
    """PostgreSQL holds no NUL: the answer goes out as it is, and is kept with a replacement character."""
    name = begin(one, user)["id"]
    upstream.answers(content="one\x00two")
    said = one.post("/api/v1/chat", {"message": "Hello", "conversation_id": name}, user=user)
    assert (said["response"], said["kept"]) == ("one\x00two", True)
    assert turns(one, user, name) == [("user", "Hello"), ("assistant", "one\ufffdtwo")]


def test_its_history_replaces_the_callers(one, upstream, user):
    """A history that is sent beside a conversation does not count; in an estimate the kept one does."""
    name = begin(one, user)["id"]
    upstream.answers(content="word " * 500)
    one.post("/api/v1/chat", {"message": "Hello", "conversation_id": name}, user=user)
    body = {"message": "And?", "conversation_id": name, "history": [{"role": "user", "content": "Injected"}]}
    assert one.post("/api/v1/chat/estimate", body, user=user)["prompt_tokens"] > 400
    one.post("/api/v1/chat", body, user=user)
    assert "Injected" not in str(upstream.seen[-1]["messages"])


def test_its_model_answers(many, user):
    """The model it was begun with, unless another one is asked."""
    name = begin(many, user, model=key_of("quick"))["id"]
    body = {"message": "Hello", "conversation_id": name}
    assert many.post("/api/v1/chat", body, user=user)["model"] == key_of("quick")
    assert many.post("/api/v1/chat", body | {"model": FAST}, user=user)["model"] == FAST
    many.post(PATH, {"model": "gpt-9"}, PROBLEM, status=422, user=user)


def test_lists(one, user):
    """The last used first, no more than asked for."""
    names = [begin(one, user, title=f"number {n}")["id"] for n in range(3)]
    one.post("/api/v1/chat", {"message": "Hello", "conversation_id": names[0]}, user=user)
    found = one.ask(PATH, user=user)["conversations"]
    assert [head["id"] for head in found] == [names[0], names[2], names[1]]
    assert [head["messages"] for head in found] == [2, 0, 0]
    assert len(one.ask(f"{PATH}?limit=2", user=user)["conversations"]) == 2
    for limit in ("0", "201", "x"):
        one.ask(f"{PATH}?limit={limit}", PROBLEM, status=422, user=user)


def test_they_are_their_users_own(one, upstream, user):
    """Nobody else sees, continues or deletes one."""
    name = begin(one, user)["id"]
    one.ask(f"{PATH}/{name}", PROBLEM, status=404, user="stranger")
    one.ask(f"{PATH}/{name}", PROBLEM, status=404, method="DELETE", user="stranger")
    for path in ("/api/v1/chat", "/api/v1/chat/stream", "/chat", "/api/v1/chat/estimate"):
        one.post(path, {"message": "Hello", "conversation_id": name}, PROBLEM, status=404, user="stranger")
    assert not upstream.seen
    assert name not in str(one.ask(PATH, user="stranger"))
    assert turns(one, user, name) == []


def test_a_deleted_one_is_gone(one, user):
    """With its turns; a second time it is not found."""
    name = begin(one, user)["id"]
    one.post("/api/v1/chat", {"message": "Hello", "conversation_id": name}, user=user)
    with one.user(user) as client:
        assert client.delete(f"{PATH}/{name}").status_code == 204
    one.ask(f"{PATH}/{name}", PROBLEM, status=404, user=user)
    one.ask(f"{PATH}/{name}", PROBLEM, status=404, method="DELETE", user=user)
    rows = one.run(
        one.context.database.fetchval(
            "SELECT count(*) FROM conversation_messages WHERE conversation_id = $1", name
        )
    )
    assert rows == 0


def test_deleted_while_it_is_answered(one, upstream, user):
    """The answer still arrives and says that it was not kept."""
    upstream.answers(rate=20, tokens=10)
    name = begin(one, user)["id"]
    with (
        one.user(user) as client,
        one.stream({"message": "Hello", "conversation_id": name}, user=user) as stream,
    ):
        iterator = iter(stream)
        next(iterator)
        assert client.delete(f"{PATH}/{name}").status_code == 204
        done = list(iterator)[-1]
    assert (done.name, done.data["kept"]) == ("done", False)
    one.ask(f"{PATH}/{name}", PROBLEM, status=404, user=user)


def test_what_was_not_answered_is_not_kept(one, upstream, user):
    """A failed or a cancelled answer leaves the conversation as it was."""
    name = begin(one, user)["id"]
    upstream.answers(fault="status", status=400)
    one.post("/api/v1/chat", {"message": "Hello", "conversation_id": name}, status=502, user=user)
    upstream.answers(rate=20, tokens=200)
    with one.stream({"message": "Hello", "conversation_id": name}, user=user) as stream:
        next(iter(stream))
    upstream.until("cancelled", 1)
    assert turns(one, user, name) == []


def test_market_answers_are_kept_too(one, upstream, user):
    """They say that they come from market data."""
    name = begin(one, user)["id"]
    one.post("/api/v1/chat", {"message": "Apple stock price", "conversation_id": name}, user=user)
    kept = one.ask(f"{PATH}/{name}", user=user)["turns"]
    assert [(turn["role"], turn["provider"]) for turn in kept] == [
        ("user", None),
        ("assistant", "market_data"),
    ]
    assert not upstream.seen


@pytest.mark.parametrize(
    "wanted", [{"title": "x" * 201}, {"title": "a\u0000b"}, {"name": "x"}, {"title": 5}, {"model": "x" * 201}]
)
def test_wrong_values(one, wanted):
    """422."""
    one.post(PATH, wanted, PROBLEM, status=422)


def test_unknown_ids(one, user):
    """404 for one that is not there, 422 for what is no id."""
    one.ask(f"{PATH}/{uuid4()}", PROBLEM, status=404, user=user)
    one.ask(f"{PATH}/5", PROBLEM, status=422, user=user)
    one.post(
        "/api/v1/chat", {"message": "Hello", "conversation_id": str(uuid4())}, PROBLEM, status=404, user=user
    )
