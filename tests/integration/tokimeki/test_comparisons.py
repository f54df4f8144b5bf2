"""Comparisons: lanes side by side or in turn, each with its own deadline, error and end; kept, and run again."""

import threading
import time
from uuid import uuid4

import pytest

from contract.checks import PROBLEM, integer, maybe, number, text
from integration.tokimeki.serving import FAST, key_of

PATH = "/api/v1/compare/stream"
LANE = {
    "model": text(), "provider": text(), "served_by": text(), "first_token_seconds": number(0),
    "tokens_per_second": maybe(number(0)), "token_count": integer(0), "cost_micro_usd": maybe(integer(0)),
}  # fmt: skip


def by_model(answer):
    return {row["model"]: row for row in answer["results"]}


def test_lanes_run_side_by_side(many, user):
    """Three slow models take as long as one; a quick one is not held up, and is the fastest."""
    models = [key_of("slow")] * 3 + [FAST]
    began = time.monotonic()
    answer = many.post("/api/v1/compare", {"prompt": "Hello", "models": models}, user=user)
    assert 1.4 < time.monotonic() - began < 3
    assert (answer["summary"]["fastest_model"], answer["summary"]["slowest_model"]) == (FAST, key_of("slow"))
    assert answer["summary"]["successful_models"] == 4
    assert answer["results"][0]["response_time"] < 1


def test_in_turn(many, upstream, user):
    """`sequential`: one after another, in the order that was asked for."""
    models = [key_of("quick"), FAST, key_of("quick")]
    many.post("/api/v1/compare", {"prompt": "Hello", "models": models, "sequential": True}, user=user)
    assert upstream.server.statistics.most_active == 1
    with many.stream({"prompt": "Hello", "models": models, "sequential": True}, PATH, user=user) as stream:
        events = list(stream)
    assert [event.data["lane"] for event in events if event.name == "lane_done"] == [0, 1, 2]


def test_a_stream_of_lanes(many, upstream, user):
    """All lanes in one stream: pieces as they come, figures per lane, and the whole at the end."""
    upstream.answers(rate=50, tokens=30)
    models = [FAST, key_of("paced"), key_of("fails")]
    with many.stream({"prompt": "Hello", "models": models, "max_tokens": 30}, PATH, user=user) as stream:
        events = list(stream)
    assert events[0].name == "start"
    assert events[0].data["lanes"] == models
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    lanes = [event.data["lane"] for event in events if event.name == "delta"]
    assert set(lanes[:15]) == {0, 1}, "they come mixed"
    done = {event.data["lane"]: event.data for event in events if event.name == "lane_done"}
    assert set(done) == {0, 1}
    for lane, told in done.items():
        text = "".join(e.data["text"] for e in events if e.name == "delta" and e.data["lane"] == lane)
        assert told["response"] == text
        assert (told["model"], told["token_count"]) == (models[lane], 30)
        assert told["first_token_seconds"] < told["response_time"]
    assert 5 < done[1]["tokens_per_second"] < 60
    [failed] = [event.data for event in events if event.name == "lane_error"]
    assert (failed["lane"], failed["code"], failed["response"]) == (2, "provider_rejected", None)
    assert events[-1].name == "done"
    assert events[-1].data["summary"]["fastest_model"] in models[:2]


def test_nobody_stands_in(bare, many, user):
    """In a comparison another model's answer would be a lie: such a lane fails with the reason."""
    answer = bare.post("/compare_models", {"prompt": "Hello", "models": [FAST, "local"]}, user=user)
    rows = by_model(answer)
    assert rows["local"]["success"] is True
    assert (rows[FAST]["success"], rows[FAST]["code"]) == (False, "provider_not_configured")
    row = many.post("/compare_models", {"prompt": "Hello", "models": [key_of("fails")]}, user=user)[
        "results"
    ][0]
    assert (row["success"], row["code"]) == (False, "provider_rejected")


def test_each_lane_has_a_deadline(many, user):
    """A lane that is late fails alone, and is recorded as late."""
    models = [key_of("late"), FAST]
    began = time.monotonic()
    answer = many.post(
        "/api/v1/compare", {"prompt": "Hello", "models": models, "lane_seconds": 0.8}, user=user
    )
    assert time.monotonic() - began < 3
    rows = by_model(answer)
    assert rows[FAST]["success"] is True
    assert (rows[key_of("late")]["success"], rows[key_of("late")]["code"]) == (False, "provider_timeout")
    assert 0.7 < rows[key_of("late")]["response_time"] < 2.5
    outcomes = {record["asked"]: record["outcome"] for record in many.records(user)}
    assert outcomes == {FAST: "ok", key_of("late"): "timeout"}


def test_a_lane_is_cancelled(many, upstream, user):
    """DELETE ends one lane and its upstream; the other goes on to its end."""
    upstream.answers(rate=25, tokens=30)
    name = f"lanes-{uuid4().hex}"
    with many.user(user) as client:
        body = {
            "prompt": "Hello",
            "models": [key_of("long"), FAST, key_of("late")],
            "stream_id": name,
            "sequential": False,
        }
        with many.stream(body, PATH, user=user) as stream:
            iterator = iter(stream)
            events = [next(iterator) for _ in range(4)]
            for lane in (0, 2):
                assert client.delete(f"/api/v1/chat/streams/{name}/lanes/{lane}").status_code == 204
            upstream.until("cancelled", 2, 2)
            assert client.delete(f"/api/v1/chat/streams/{name}/lanes/3").status_code == 404
            assert client.delete(f"/api/v1/chat/streams/{name}/lanes/12").status_code == 422
            events += list(iterator)
            assert client.delete(f"/api/v1/chat/streams/{name}/lanes/0").status_code == 404, "it is over"
    ended = {event.data["lane"]: event.data for event in events if event.name == "lane_error"}
    assert {lane: data["code"] for lane, data in ended.items()} == {0: "cancelled", 2: "cancelled"}
    said = "".join(
        event.data["text"] for event in events if event.name == "delta" and event.data["lane"] == 0
    )
    assert ended[0]["delivered"] == said, "what came before it ended, and what that cost, is not forgotten"
    assert (ended[0]["response"], ended[0]["token_count"]) == (None, 0)
    assert ended[0]["provider"] == "openai"
    assert ended[0]["first_token_seconds"] < ended[0]["response_time"]
    [spent] = [record for record in many.records(user) if record["asked"] == key_of("long")]
    assert ended[0]["cost_micro_usd"] == spent["cost_micro"]
    assert "delivered" not in ended[2]
    assert [event.data["lane"] for event in events if event.name == "lane_done"] == [1]
    assert events[-1].data["summary"]["successful_models"] == 1
    assert sorted(record["outcome"] for record in many.records(user)) == ["cancelled", "cancelled", "ok"]


def test_a_finished_lane_may_be_cancelled_too(many, upstream, user):
    """It changes nothing any more."""
    name = f"lanes-{uuid4().hex}"
    with (
        many.user(user) as client,
        many.stream(
            {"prompt": "Hello", "models": [FAST, key_of("slow")], "stream_id": name}, PATH, user=user
        ) as stream,
    ):
        iterator = iter(stream)
        while next(iterator).name != "lane_done":
            pass
        assert client.delete(f"/api/v1/chat/streams/{name}/lanes/0").status_code == 204
        last = list(iterator)[-1]
    assert last.data["summary"]["successful_models"] == 2


def test_a_lane_that_waits_its_turn_is_cancelled(many, user):
    """In turn: a lane can be ended before it begins, and its model is never asked."""
    name = f"lanes-{uuid4().hex}"
    body = {"prompt": "Hello", "models": [key_of("slow"), FAST], "stream_id": name, "sequential": True}
    with many.user(user) as client, many.stream(body, PATH, user=user) as stream:
        iterator = iter(stream)
        next(iterator)
        assert client.delete(f"/api/v1/chat/streams/{name}/lanes/1").status_code == 204
        last = list(iterator)[-1]
    assert {row["model"]: row["success"] for row in last.data["results"]} == {
        key_of("slow"): True,
        FAST: False,
    }
    assert [record["asked"] for record in many.records(user)] == [key_of("slow")]


@pytest.mark.parametrize("how", ["delete", "leave"])
def test_all_lanes_end_together(many, upstream, user, how):
    """The end of the stream is the end of all its upstreams."""
    name = f"lanes-{uuid4().hex}"
    with many.stream(
        {"prompt": "Hello", "models": [key_of("long")] * 3, "stream_id": name}, PATH, user=user
    ) as stream:
        iterator = iter(stream)
        while next(iterator).name != "delta":
            pass
        upstream.until("active", 3)
        if how == "delete":
            with many.user(user) as client:
                assert client.delete(f"/api/v1/chat/streams/{name}").status_code == 204
            assert list(iterator)[-1].name == "cancelled"
    assert upstream.until("cancelled", 3) < 1
    assert [record["outcome"] for record in many.records(user)] == ["cancelled"] * 3


def test_a_comparison_is_kept(many, user):
    """It can be fetched as it was asked and answered, by its owner, and run again under a new id."""
    ask = {"prompt": "Hello", "models": [FAST, key_of("quick")], "temperature": 0.3, "max_tokens": 50}
    first = many.post("/compare_models", ask, user=user)
    kept = many.ask(f"/api/v1/compare/{first['comparison_id']}", user=user)
    assert kept["answer"] == first
    assert {name: kept["ask"][name] for name in ask} == ask
    again = many.ask(f"/api/v1/compare/{first['comparison_id']}/run", method="POST", user=user)
    assert again["comparison_id"] != first["comparison_id"]
    assert set(by_model(again)) == set(by_model(first))
    assert many.ask(f"/api/v1/compare/{again['comparison_id']}", user=user)["answer"] == again
    for path, method in ((first["comparison_id"], "GET"), (f"{first['comparison_id']}/run", "POST")):
        many.ask(f"/api/v1/compare/{path}", PROBLEM, status=404, method=method, user="stranger")
    many.ask(f"/api/v1/compare/{uuid4()}", PROBLEM, status=404, user=user)


def test_an_answer_with_a_nul_is_kept(many, upstream, user):
    """As in conversations; the comparison itself tells what was said."""
    upstream.answers(content="one\x00two")
    answer = many.post("/compare_models", {"prompt": "Hello", "models": [FAST]}, user=user)
    assert answer["results"][0]["response"] == "one\x00two"
    kept = many.ask(f"/api/v1/compare/{answer['comparison_id']}", user=user)
    assert kept["answer"]["results"][0]["response"] == "one\ufffdtwo"


def test_a_streamed_comparison_is_kept(many, user):
    """Without a list of models too."""
    with many.stream({"prompt": "Hello"}, PATH, user=user) as stream:
        done = stream.until("done")[-1].data
    kept = many.ask(f"/api/v1/compare/{done['comparison_id']}", user=user)
    assert kept["answer"] == done
    assert kept["ask"]["models"] is None
    again = many.ask(f"/api/v1/compare/{done['comparison_id']}/run", method="POST", user=user)
    assert len(again["results"]) == 6


def test_two_comparisons_do_not_meet(many, upstream, user):
    """Lanes of one stream are not lanes of another."""
    upstream.answers(rate=20, tokens=20)
    names = [f"pair-{uuid4().hex}" for _ in range(2)]
    ends = {}

    def read(name):
        body = {"prompt": "Hello", "models": [FAST], "stream_id": name}
        with many.stream(body, PATH, user=user) as stream:
            ends[name] = list(stream)[-1].data["summary"]["successful_models"]

    threads = [threading.Thread(target=read, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    upstream.until("active", 2)
    with many.user(user) as client:
        assert client.delete(f"/api/v1/chat/streams/{names[0]}/lanes/0").status_code == 204
    for thread in threads:
        thread.join(10)
    assert ends == {names[0]: 0, names[1]: 1}
