"""POST /compare_models: contract 2.2 and what the comparison tab reads."""

import json

import pytest

from contract.checks import PROBLEM, TIMESTAMP, exactly, flag, integer, maybe, number, one_of, text

MODELS = ("mistral-small", "deepseek-r1", "deepseek-chat", "qwen3-8b", "gemma-3n", "hunyuan")
ROW = {
    "model": text(*MODELS), "success": flag, "response_time": number(0), "response": maybe(text()),
    "token_count": integer(0), "word_count": integer(0), "avg_word_length": number(0),
}  # fmt: skip
GOOD = ROW | {
    "success": one_of(True), "response": text(),
    "usage": {"prompt_tokens": integer(0), "completion_tokens": integer(0), "total_tokens": integer(0)},
}  # fmt: skip
BAD = ROW | {
    "success": one_of(False), "response": one_of(None), "token_count": one_of(0), "word_count": one_of(0),
    "avg_word_length": one_of(0), "error": text(),
}  # fmt: skip
SUMMARY = {
    "total_models": integer(0), "successful_models": integer(0), "avg_response_time": number(0),
    "avg_token_count": number(0), "fastest_model": maybe(text(*MODELS)), "slowest_model": maybe(text(*MODELS)),
}  # fmt: skip


def compared(count, row=GOOD):
    return {
        "success": one_of(True), "prompt": text(), "results": exactly(count, row), "summary": SUMMARY,
        "timestamp": TIMESTAMP,
    }  # fmt: skip


def test_all_models(tokimeki, upstream):
    """Without a list the six models are asked the same, each with one user message."""
    answer = tokimeki.post("/compare_models", {"prompt": " Why? "}, compared(6))
    assert {row["model"] for row in answer["results"]} == set(MODELS)
    assert answer["prompt"] == "Why?"
    assert all(sent["messages"] == [{"role": "user", "content": "Why?"}] for sent in upstream.seen)
    times = [row["response_time"] for row in answer["results"]]
    assert times == sorted(times)
    summary = answer["summary"]
    assert (summary["fastest_model"], summary["slowest_model"]) == (
        answer["results"][0]["model"], answer["results"][-1]["model"],
    )  # fmt: skip
    assert summary["avg_response_time"] == pytest.approx(sum(times) / 6)
    assert (summary["total_models"], summary["successful_models"], summary["avg_token_count"]) == (6, 6, 20)
    for row in answer["results"]:
        words = row["response"].split()
        assert row["word_count"] == len(words)
        assert row["avg_word_length"] == pytest.approx(sum(map(len, words)) / len(words))
        assert row["token_count"] == row["usage"]["completion_tokens"] == 20
        assert "error" not in row


def test_failures_are_rows(tokimeki, upstream):
    """All fail: still 200 with a reason for each, nobody is fastest, means are 0."""
    upstream.answers(fault="status", status=400)
    answer = tokimeki.post(
        "/compare_models", {"prompt": "Why?", "models": list(MODELS[:3])}, compared(3, BAD)
    )
    assert all("usage" not in row for row in answer["results"])
    assert answer["summary"] == {
        "total_models": 3, "successful_models": 0, "avg_response_time": 0, "avg_token_count": 0,
        "fastest_model": None, "slowest_model": None,
    }  # fmt: skip


def test_a_failed_model_is_never_fastest(tokimeki, upstream):
    """Failures stay in the sorted list, but the summary is about those who answered."""
    upstream.answers(fault="status", status=400, first=1)
    tokimeki.post("/compare_models", {"prompt": "warm", "models": ["hunyuan"]})
    answer = tokimeki.post(
        "/compare_models", {"prompt": "Why?", "models": ["hunyuan", "qwen3-8b"]}, compared(2, ROW)
    )
    by_model = {row["model"]: row["success"] for row in answer["results"]}
    assert by_model == {"hunyuan": True, "qwen3-8b": False}
    summary = answer["summary"]
    assert (summary["fastest_model"], summary["slowest_model"], summary["successful_models"]) == (
        "hunyuan",
        "hunyuan",
        1,
    )


def test_cached_answers_are_marked_and_win_no_race(tokimeki, upstream):
    """An answer out of the cache says nothing about a model's speed."""
    body = {"prompt": "Cached?", "models": ["hunyuan"], "temperature": 0}
    tokimeki.post("/compare_models", body, compared(1), user="racer")
    both = body | {"models": ["hunyuan", "qwen3-8b"]}
    answer = tokimeki.post("/compare_models", both, compared(2), user="racer")
    assert {row["model"]: row["from_cache"] for row in answer["results"]} == {
        "hunyuan": True,
        "qwen3-8b": False,
    }
    assert answer["summary"]["fastest_model"] == "qwen3-8b"


def test_duplicates_are_asked_twice(tokimeki, upstream):
    """A model that is named twice runs twice."""
    tokimeki.post("/compare_models", {"prompt": "Why?", "models": ["hunyuan"] * 3}, compared(3))
    assert len(upstream.seen) == 3


def test_an_empty_list_is_accepted(tokimeki, upstream):
    """No model: no rows, no call."""
    answer = tokimeki.post("/compare_models", {"prompt": "Why?", "models": []}, compared(0))
    assert answer["summary"]["total_models"] == 0
    assert not upstream.seen


WRONG = [
    {}, {"prompt": ""}, {"prompt": "  "}, {"prompt": None}, {"prompt": 3},
    *({"prompt": "p", "models": models} for models in (None, "hunyuan", ["gpt-9"], [None], [["hunyuan"]], {}, ["hunyuan"] * 13)),
    *({"prompt": "p", "temperature": t} for t in (-1, 3, "hot", None)),
    *({"prompt": "p", "max_tokens": n} for n in (0, 4001, "many", None)),
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG, ids=lambda body: json.dumps(body)[:60])
def test_wrong_values_are_refused(tokimeki, upstream, body):
    """400 with the reason, and no model is asked."""
    tokimeki.post("/compare_models", body, PROBLEM, status=400)
    assert not upstream.seen


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null"])
def test_what_is_no_object_is_refused(tokimeki, content):
    """400 as JSON."""
    tokimeki.ask("/compare_models", PROBLEM, method="POST", status=400, content=content)
