"""One answer out of its pieces, streamed or whole."""

import pytest

from tandem.ai.messages import TokenUsage
from tandem.ai.providers import assembly
from tandem.ai.providers.assembly import Assembly
from tandem.ai.providers.pieces import ShapeError, read

CALLS = [
    {
        "index": 0,
        "id": "a",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Brno"}'},
    },
    {"index": 1, "id": "b", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
]


def streamed(*deltas, finish="stop"):
    """Put deltas together as they come in a stream."""
    built = Assembly()
    for delta in deltas:
        built.add(read({"choices": [{"index": 0, "delta": delta}]}, "delta"))
    built.add(read({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}, "delta"))
    return built


def whole(message, finish="stop"):
    """Take the same as one document."""
    built = Assembly()
    built.add(read({"choices": [{"index": 0, "message": message, "finish_reason": finish}]}, "message"))
    return built


def test_text_comes_together_and_empty_pieces_go_to_nobody():
    """The role and the empty text that begin a stream are no pieces for a reader."""
    built = Assembly()
    pieces = [{"role": "assistant", "content": ""}, {"content": "Hel"}, {"content": "lo"}, {}]
    given = [built.add(read({"choices": [{"index": 0, "delta": delta}]}, "delta")) for delta in pieces]
    assert [piece and piece.text for piece in given] == [None, "Hel", "lo", None]
    assert all(piece is None or piece.wire is None for piece in given)
    assert built.message() == {"role": "assistant", "content": "Hello"}
    assert built.text == "Hello"


def test_tool_calls_are_merged_and_passed_on_as_they_came():
    """Pieces of two calls in turn make the message that a whole answer would have."""
    deltas = [
        {"role": "assistant", "content": None, "tool_calls": [
            {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]},
        {"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "clock", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Brno"}'}}]},
    ]  # fmt: skip
    built = streamed(*deltas, finish="tool_calls")
    expected = [{name: value for name, value in call.items() if name != "index"} for call in CALLS]
    assert built.message() == {"role": "assistant", "content": None, "tool_calls": expected}
    assert (
        whole({"role": "assistant", "content": None, "tool_calls": CALLS}, "tool_calls").message()
        == built.message()
    )
    assert built.finish == "tool_calls"
    delta = Assembly().add(read({"choices": [{"index": 0, "delta": deltas[1]}]}, "delta"))
    assert delta is not None
    assert (delta.text, delta.wire) == ("", deltas[1])


def test_tool_calls_without_an_index_are_told_apart_by_their_ids():
    """Some providers leave the index out."""
    built = streamed(
        {"tool_calls": [{"id": "a", "function": {"name": "weather", "arguments": "{"}}]},
        {"tool_calls": [{"function": {"arguments": "}"}}]},
        {"tool_calls": [{"id": "b", "function": {"name": "clock", "arguments": "{}"}}]},
    )
    calls = built.message()["tool_calls"]
    assert [(call["id"], call["function"]["arguments"]) for call in calls] == [("a", "{}"), ("b", "{}")]


def test_reasoning_is_kept_and_counted_and_not_mixed_with_the_text():
    """Reasoning goes to the reader as it came and into the message."""
    built = streamed({"reasoning_content": "let "}, {"reasoning_content": "me"}, {"content": "42"})
    assert built.text == "42"
    assert built.message() == {"role": "assistant", "content": "42", "reasoning_content": "let me"}
    assert built.generated == "let me42"


@pytest.mark.parametrize(
    ("message", "finish", "empty"),
    [
        ({"content": None}, "stop", True),
        ({"content": ""}, "stop", False),
        ({"content": None}, "length", False),
        ({"content": None}, "content_filter", False),
        ({"content": None, "tool_calls": CALLS}, "tool_calls", False),
        ({"content": None, "refusal": "no"}, "stop", False),
    ],
)
def test_null_content_is_an_answer_only_where_something_explains_it(message, finish, empty):
    """A cut, a filter, tools or a refusal explain it; nothing else does."""
    assert whole(message, finish).says_nothing is empty


def test_the_last_usage_and_cost_count():
    """Some providers count along with each piece."""
    built = Assembly()
    for tokens in (1, 2):
        built.add(
            read(
                {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": tokens, "cost": 0.000_12}},
                "delta",
            )
        )
    assert built.usage == TokenUsage(9, 2)
    assert built.cost == 120


def test_an_endless_answer_is_refused(monkeypatch):
    """Text and tool arguments together are bounded."""
    monkeypatch.setattr(assembly, "LARGEST_ANSWER", 10)
    with pytest.raises(ShapeError):
        streamed({"content": "12345"}, {"reasoning": "678"}, {"content": "90123"})
    with pytest.raises(ShapeError):
        streamed(
            *({"tool_calls": [{"index": n, "id": str(n), "function": {"name": "f"}}]} for n in range(300))
        )
