"""What a failing provider means for status, event and record; and what a spent budget does."""

import pytest

from contract.checks import PROBLEM, integer, maybe, one_of, text
from integration.tokimeki.serving import FAST, key_of

# fault, status, code, outcome of the record, attempts: 3 where it is tried again
BEFORE = [
    ("status:400", 502, "provider_rejected", "rejected", 1), ("status:401", 502, "provider_rejected", "rejected", 1),
    ("status:500", 502, "provider_unavailable", "unavailable", 3), ("status:503", 502, "provider_unavailable", "unavailable", 3),
    ("refused", 502, "provider_unavailable", "unavailable", 3), ("reset", 502, "provider_unavailable", "unavailable", 3),
    ("garbage", 502, "bad_answer", "bad_answer", 3), ("type", 502, "bad_answer", "bad_answer", 3),
    ("redirect", 502, "provider_rejected", "rejected", 1),
]  # fmt: skip
MIDWAY = [
    ("broken", "broken_stream"), ("cut", "broken_stream"), ("malformed", "broken_stream"), ("half", "broken_stream"),
    ("error", "broken_stream"), ("no_finish", "broken_stream"), ("shape", "broken_stream"),
]  # fmt: skip


def script(fault):
    name, _, status = fault.partition(":")
    return {"fault": name, **({"status": int(status)} if status else {})}


@pytest.mark.parametrize("case", BEFORE, ids=[row[0] for row in BEFORE])
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/chat/stream"])
def test_before_the_first_piece(one, upstream, user, path, case):
    """A real status, as JSON, whole and streamed alike; one record per attempt."""
    fault, status, code, outcome, attempts = case
    upstream.answers(**script(fault))
    answer = one.post(path, {"message": "Hello"}, PROBLEM, status=status, user=user)
    assert answer["code"] == code
    records = one.records(user)
    assert [record["outcome"] for record in records] == [outcome] * attempts
    assert [record["attempt"] for record in records] == list(range(1, attempts + 1))
    assert sum(record["cost_micro"] or 0 for record in records) == 0


def test_a_provider_that_asks_for_a_pause(one, upstream, user):
    """429 with a long Retry-After: not waited for, told to the caller."""
    upstream.answers(fault="status", status=429, retry_after="90")
    for path in ("/api/v1/chat", "/api/v1/chat/stream"):
        with one.user(user) as client:
            response = client.post(path, json={"message": "Hello"})
        assert (response.status_code, response.headers["retry-after"]) == (503, "90")
        assert response.json()["code"] == "provider_rate_limited"
    assert [record["outcome"] for record in one.records(user)] == ["rate_limited"] * 2


def test_times_are_those_of_the_caller(one, upstream, user):
    """A pause that a provider asked for was waited for, and so it is told: in whole and streamed answers and in lanes."""
    again = {"fault": "status", "status": 429, "retry_after": "1", "first": 1}
    upstream.answers(**again)
    whole = one.post("/api/v1/chat", {"message": "Hello"}, user=user)["timings"]
    assert 1 <= whole["total_seconds"] < 10
    upstream.answers(**again)
    with one.stream({"message": "Hello"}, user=user) as stream:
        told = list(stream)[-1].data["timings"]
    assert 1 <= told["first_token_seconds"] <= told["total_seconds"] < 10
    upstream.answers(**again)
    body = {"prompt": "Hello", "models": [FAST]}
    with one.stream(body, path="/api/v1/compare/stream", user=user) as stream:
        [lane] = [event.data for event in stream if event.name == "lane_done"]
    assert 1 <= lane["first_token_seconds"] <= lane["response_time"] < 10


def test_a_silent_provider(start, upstream, user):
    """504 when nothing comes, as a status while it can be one."""
    service = start(ai_first_token_timeout=0.5, ai_idle_timeout=0.5, ai_timeout=1.5)
    upstream.answers(fault="mute")
    answer = service.post("/api/v1/chat", {"message": "Hello"}, PROBLEM, status=504, user=user)
    assert answer["code"] == "provider_timeout"
    service.forgive()
    answer = service.post("/api/v1/chat/stream", {"message": "Hello"}, PROBLEM, status=504, user=user)
    assert {record["outcome"] for record in service.records(user)} == {"timeout"}
    service.forgive()
    upstream.answers(fault="silence", after=2)
    with service.stream({"message": "Hello"}, user="silent") as stream:
        error = stream.until("error")[-1].data
    assert (error["code"], error["status"], error["delivered"]) == ("provider_timeout", 504, "The market ")
    assert [record["outcome"] for record in service.records("silent")] == ["timeout"]


@pytest.mark.parametrize(("fault", "outcome"), MIDWAY, ids=[row[0] for row in MIDWAY])
def test_after_the_first_piece(one, upstream, user, fault, outcome):
    """A typed `error` event with what was delivered, no second try, and the record of what was used."""
    upstream.answers(fault=fault, after=3)
    with one.stream({"message": "Hello"}, user=user) as stream:
        events = list(stream)
    assert [event.name for event in events] == ["start", "delta", "delta", "delta", "error"]
    error = events[-1].data
    assert (error["code"], error["status"], error["provider"]) == ("broken_stream", 502, "openrouter")
    assert (error["partial"], error["delivered"]) == (True, "The market closed ")
    assert "quoted" not in error["error"]
    [record] = one.records(user)
    assert record["outcome"] == outcome
    assert (record["completion_tokens"] > 0, record["estimated"]) == (True, True)


PAID = key_of("gpt-4o-mini")
BUDGET = {
    "scope": text("user"), "period": text("day"), "limit_micro_usd": integer(0), "spent_micro_usd": integer(0),
    "wanted_micro_usd": integer(1), "resets_at": maybe(text()),
}  # fmt: skip


def give(service, user, micro):
    service.run(service.context.budgets.put("user", user, micro, "day"))


def balance(service, user):
    [budget] = [one for one in service.run(service.context.budgets.all()) if one.name == user]
    return budget


def test_a_spent_budget_refuses(many, upstream, user):
    """402 on every way to a model, with what is left and when it begins anew; nobody is asked."""
    give(many, user, 5)
    body = {"message": "Hello", "model": PAID}
    for path in ("/api/v1/chat", "/chat", "/api/v1/chat/stream"):
        answer = many.post(path, body, PROBLEM | {"budget": BUDGET}, status=402, user=user)
        assert answer["code"] == "budget_exceeded"
    openai = {"model": PAID, "messages": [{"role": "user", "content": "Hello"}]}
    for streamed in (False, True):
        answer = many.post("/v1/chat/completions", openai | {"stream": streamed}, status=402, user=user)
        assert answer["error"]["code"] == "budget_exceeded"
    compared = many.post("/compare_models", {"prompt": "Hello", "models": [PAID]}, user=user)
    assert compared["results"][0]["code"] == "budget_exceeded"
    with many.stream({"prompt": "Hello", "models": [PAID]}, "/api/v1/compare/stream", user=user) as stream:
        assert stream.until("lane_error")[-1].data["code"] == "budget_exceeded"
    assert not upstream.seen
    assert {record["outcome"] for record in many.records(user)} == {"budget"}
    limits = many.ask("/api/usage-limits", {"enforced": one_of(True)}, user=user)
    assert limits["budgets"][0]["limit_micro_usd"] == 5


def test_free_models_stay_within_reach(many, user):
    """Who has spent a budget may still ask what costs nothing."""
    give(many, user, 0)
    assert many.post("/api/v1/chat", {"message": "Hello", "model": FAST}, user=user)["cost_micro_usd"] == 0


def test_a_model_of_unknown_price(many, upstream, user):
    """Somebody with a budget does not get it."""
    give(many, user, 1_000_000)
    answer = many.post(
        "/api/v1/chat", {"message": "Hello", "model": key_of("slow")}, PROBLEM, status=402, user=user
    )
    assert answer["code"] == "price_unknown"
    assert not upstream.seen


def test_a_budget_pays_what_it_cost(many, upstream, user):
    """What was set aside is replaced by what the answer cost, streamed or whole, and however it ended."""
    give(many, user, 100_000)
    body = {"message": "Hello", "model": PAID}
    cost = many.post("/api/v1/chat", body, user=user)["cost_micro_usd"]
    assert cost > 0
    with many.stream(body, user=user) as stream:
        cost += stream.until("done")[-1].data["cost_micro_usd"]
    seen = balance(many, user)
    assert (seen.spent, seen.reserved) == (cost, 0)
    upstream.answers(rate=20, tokens=400)
    with many.stream(body, user=user) as stream:
        iterator = iter(stream)
        [next(iterator) for _ in range(4)]
    upstream.until("cancelled", 1)
    records = many.records(user)
    assert records[-1]["outcome"] == "cancelled"
    seen = balance(many, user)
    assert (seen.spent, seen.reserved) == (sum(record["cost_micro"] for record in records), 0)
    assert seen.spent > cost


@pytest.mark.parametrize("name", ["user", "key", "model"])
def test_a_name_that_no_database_can_hold(one, name):
    """A NUL is refused before it is asked for."""
    one.ask(f"/api/v1/usage?{name}=%00", PROBLEM, status=422)
