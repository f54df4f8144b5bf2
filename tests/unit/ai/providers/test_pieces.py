"""What is read out of a provider's JSON, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.ai.messages import TokenUsage
from tandem.ai.providers.pieces import Piece, SaidError, ShapeError, read

MESSAGE = {"role": "assistant", "content": "hi"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "message", "content", "tool_calls", "usage", "error", "index", "text"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "document",
    [
        [], "text", None, 1, {}, {"choices": None}, {"choices": []}, {"choices": "none"}, {"choices": [1]},
        {"choices": [{"index": 0}]}, {"choices": [{"message": "hi"}]}, {"choices": [{"message": {"content": 5}}]},
        {"choices": [{"message": {"content": {}}}]}, {"choices": [{"message": {"tool_calls": "x"}}]},
        {"choices": [{"message": {"tool_calls": [1]}}]}, {"choices": [{"index": 1, "message": MESSAGE}]},
    ],
)  # fmt: skip
def test_a_document_of_another_shape_is_refused(document):
    """None of them passes as an answer, and none raises anything else."""
    with pytest.raises(ShapeError):
        read(document, "message")


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"message": "x"}}, {"error": "x"}, {"error": {"code": 429}, "choices": []},
        {"choices": [{"finish_reason": "error", "delta": {}}]}, {"choices": [{"error": {"code": 502}, "delta": {}}]},
    ],
)  # fmt: skip
def test_an_error_object_is_recognised_wherever_it_stands(document):
    """At the top, in a choice, or as the reason of the end."""
    with pytest.raises(SaidError) as caught:
        read(document, "delta")
    assert str(caught.value) == "the provider reports an error"


@pytest.mark.parametrize(
    ("document", "kind", "piece"),
    [
        ({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}, "delta", Piece(usage=TokenUsage(1, 2))),
        ({"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": 2}}, "delta", Piece()),
        ({"choices": [], "usage": {"prompt_tokens": True, "completion_tokens": "2"}}, "delta", Piece()),
        ({"choices": [], "usage": None}, "delta", Piece()),
        ({"x": 1}, "delta", Piece()),
        ({"choices": [{"index": 1, "delta": {"content": "b"}}]}, "delta", Piece()),
        ({"choices": [{"index": 0, "delta": None, "finish_reason": "length"}]}, "delta", Piece(finish="length")),
        ({"choices": [{"delta": {}, "finish_reason": "eos"}]}, "delta", Piece(finish="stop")),
        ({"choices": [{"message": MESSAGE, "finish_reason": None}]}, "message", Piece(MESSAGE, "stop")),
        ({"choices": [{"message": MESSAGE, "finish_reason": "function_call"}]}, "message", Piece(MESSAGE, "tool_calls")),
    ],
)  # fmt: skip
def test_what_providers_really_send_is_understood(document, kind, piece):
    """Chunks without choices, other choices, reasons of their own."""
    assert read(document, kind) == piece


def test_content_in_parts_is_its_text():
    """Some models answer with a list of parts, thinking among them."""
    parts = [
        {"type": "thinking", "thinking": [{}]},
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]
    assert read({"choices": [{"message": {"content": parts}}]}, "message").text == "ab"


@given(JSON, st.sampled_from(["delta", "message"]))
def test_no_json_can_make_it_fail_otherwise(document, kind):
    """Whatever comes is a piece or one of the two errors."""
    with suppress(ShapeError, SaidError):
        read(document, kind)
