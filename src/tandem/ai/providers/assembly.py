"""Puts the pieces of an answer together; the one place where the final message comes from, streamed or whole."""

from collections.abc import Mapping
from typing import Any, Final

from tandem.ai.messages import Delta, FinishReason, TokenUsage
from tandem.ai.providers.pieces import Piece, ShapeError
from tandem.ai.providers.tool_calls import ToolCalls

LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Characters of text, reasoning and tool arguments together."""

_PLAIN: Final = frozenset({"role", "content"})
_JOINED: Final = frozenset({"reasoning", "reasoning_content", "refusal"})
"""What comes in pieces of text, as the content does."""


class Assembly:
    """What is known of one answer so far."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._text: list[str] = []
        self._spoke = False
        self._joined: dict[str, list[str]] = {}
        self._others: dict[str, Any] = {}
        self._calls = ToolCalls()
        self._size = 0
        self.finish: FinishReason | None = None
        self.usage: TokenUsage | None = None
        self.cost: int | None = None

    def add(self, piece: Piece) -> Delta | None:
        """Take a piece in; returns what of it goes to the reader, None for nothing. Raises ShapeError."""
        self.finish = piece.finish or self.finish
        self.usage = piece.usage or self.usage
        self.cost = piece.cost if piece.cost is not None else self.cost
        text = piece.text
        more = {name: value for name, value in piece.delta.items() if name not in _PLAIN and value}
        if text is not None:
            self._spoke = True
            self._text.append(text)
        for name, value in more.items():
            self._take(name, value)
        self._grow(len(text or ""))
        if not text and not more:
            return None
        return Delta(text or "", piece.delta if more else None)

    def _take(self, name: str, value: Any) -> None:
        if name == "tool_calls":
            self._grow(self._calls.add(value))
        elif name in _JOINED and isinstance(value, str):
            self._joined.setdefault(name, []).append(value)
            self._grow(len(value))
        elif isinstance(value, list) and isinstance(self._others.get(name, []), list):
            self._others.setdefault(name, []).extend(value)
            self._grow(len(str(value)))
        else:
            self._others[name] = value

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > LARGEST_ANSWER:
            raise ShapeError("the answer is longer than any answer may be")

    @property
    def text(self) -> str:
        """The text so far."""
        if len(self._text) > 1:
            self._text[:] = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def generated(self) -> str:
        """Everything that the model wrote, for counting: reasoning, text, tool arguments."""
        joined = ["".join(parts) for parts in self._joined.values()]
        return "".join((*joined, self.text, self._calls.text))

    @property
    def says_nothing(self) -> bool:
        """Whether a finished answer has no content at all, which only a cut or refused one may have."""
        return not (self._spoke or self._calls or self._joined or self._others) and (
            self.finish not in {"length", "content_filter"}
        )

    def message(self) -> Mapping[str, Any]:
        """Return the whole assistant message as on the wire."""
        built: dict[str, Any] = {"role": "assistant", "content": self.text if self._spoke else None}
        built |= {name: "".join(parts) for name, parts in self._joined.items()}
        built |= self._others
        if self._calls:
            built["tool_calls"] = self._calls.whole()
            # Providers send "" or null beside tool calls; the protocol's form is null.
            built["content"] = built["content"] or None
        return built
