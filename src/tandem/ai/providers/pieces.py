"""One step of an answer, read from a provider's JSON and checked against what the protocol promises."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final, Literal, TypeGuard

from tandem.ai.messages import FinishReason, TokenUsage
from tandem.core.values import value

_FINISHES: Final[Mapping[str, FinishReason]] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
_MICRO: Final = 1_000_000


class ShapeError(ValueError):
    """The JSON is not what the protocol promises; the message is a text of ours."""


class SaidError(Exception):
    """The provider put an error object where an answer belongs."""

    def __init__(self, error: object) -> None:
        """Keep the object without making it part of any text."""
        super().__init__("the provider reports an error")
        self.error = error


@value(frozen=True, slots=True)
class Piece:
    """What one chunk, or a whole answer, adds."""

    delta: Mapping[str, Any] = field(default_factory=dict)
    finish: FinishReason | None = None
    usage: TokenUsage | None = None
    cost: int | None = None
    """Micro-dollars, when the provider says so."""

    @property
    def text(self) -> str | None:
        """The text that it adds, None when it does not speak of text at all."""
        return text_of(self.delta.get("content"))


def read(data: object, kind: Literal["delta", "message"]) -> Piece:
    """Return what a chunk (``delta``) or a whole answer (``message``) holds.

    Raises ShapeError, and SaidError for an error object.
    """
    if not isinstance(data, dict):
        raise ShapeError("the provider's answer is not a JSON object")
    if error := data.get("error"):
        raise SaidError(error)
    usage, cost = _usage(data.get("usage"))
    choice = _choice(data.get("choices"), kind)
    if choice is None:
        return Piece(usage=usage, cost=cost)
    if error := choice.get("error"):
        raise SaidError(error)
    finish = choice.get("finish_reason")
    if finish == "error":
        raise SaidError(None)
    # A whole answer without a reason has ended all the same.
    ended = _finish(finish or ("stop" if kind == "message" else None))
    return Piece(_delta(choice.get(kind), kind), ended, usage, cost)


def text_of(content: object) -> str | None:
    """Return the text of a ``content``, None for none; raises ShapeError for what is neither text nor parts."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if _is_text(part))
    raise ShapeError("the provider's answer has content that is not text")


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _choice(choices: object, kind: str) -> dict[str, Any] | None:
    if choices is None and kind == "delta":
        return None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise ShapeError("the provider's answer has no choices")
    for choice in choices:
        if not choice.get("index"):
            return dict(choice)
    # The chunk that brings the usage has no choices; another choice than the first was not asked for.
    if kind == "delta":
        return None
    raise ShapeError("the provider's answer has no choices")


def _delta(delta: object, kind: str) -> Mapping[str, Any]:
    if delta is None and kind == "delta":
        return {}
    if not isinstance(delta, dict):
        raise ShapeError(f"the provider's answer has no {kind}")
    text_of(delta.get("content"))
    calls = delta.get("tool_calls")
    if calls is not None and not (
        isinstance(calls, Sequence) and all(isinstance(call, dict) for call in calls)
    ):
        raise ShapeError("the provider's answer has malformed tool calls")
    return delta


def _finish(reason: object) -> FinishReason | None:
    if not reason:
        return None
    # Providers have names of their own for "the model had no more to say".
    return _FINISHES.get(reason, "stop") if isinstance(reason, str) else "stop"


def _usage(usage: object) -> tuple[TokenUsage | None, int | None]:
    if not isinstance(usage, dict):
        return None, None
    prompt, completion, cost = (usage.get(name) for name in ("prompt_tokens", "completion_tokens", "cost"))
    paid = None
    if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < _MICRO:
        paid = round(cost * _MICRO)
    if not _is_count(prompt) or not _is_count(completion):
        return None, paid
    return TokenUsage(prompt, completion), paid


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
