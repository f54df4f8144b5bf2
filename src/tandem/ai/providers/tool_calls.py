"""Merges the pieces in which tool calls are streamed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tandem.ai.providers.pieces import ShapeError

MOST_CALLS: Final = 256


class ToolCalls:
    """The calls of one answer; truthy once there is one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._calls: dict[int, dict[str, Any]] = {}
        self._arguments: dict[int, list[str]] = {}
        self._names: list[str] = []

    def add(self, pieces: Iterable[Mapping[str, Any]]) -> int:
        """Take pieces in and return how many characters they added; raises ShapeError."""
        return sum(self._add(piece) for piece in pieces)

    def _add(self, piece: Mapping[str, Any]) -> int:
        place = self._place(piece)
        call = self._calls.setdefault(place, {"type": "function", "function": {"name": ""}})
        call |= {name: value for name, value in piece.items() if value and name not in {"index", "function"}}
        function = piece.get("function") or {}
        if not isinstance(function, Mapping):
            raise ShapeError("the provider's answer has malformed tool calls")
        name, arguments = function.get("name") or "", function.get("arguments") or ""
        if not isinstance(name, str) or not isinstance(arguments, str):
            raise ShapeError("the provider's answer has malformed tool calls")
        if name and not call["function"]["name"]:
            call["function"]["name"] = name
            self._names.append(name)
        self._arguments.setdefault(place, []).append(arguments)
        return len(name) + len(arguments)

    def _place(self, piece: Mapping[str, Any]) -> int:
        index = piece.get("index")
        if not isinstance(index, int):
            # Without an index, as in a whole message, an id begins a new call and its lack goes on with the last.
            begins = not self._calls or bool(piece.get("id"))
            index = max(self._calls, default=-1) + (1 if begins else 0)
        if index not in self._calls and len(self._calls) >= MOST_CALLS:
            raise ShapeError("the answer has more tool calls than any answer may have")
        return index

    def whole(self) -> list[dict[str, Any]]:
        """Return the calls so far in their order."""
        return [
            {**call, "function": {**call["function"], "arguments": "".join(self._arguments.get(place, []))}}
            for place, call in sorted(self._calls.items())
        ]

    @property
    def text(self) -> str:
        """Names and arguments, for counting."""
        return "".join((*self._names, *(part for parts in self._arguments.values() for part in parts)))

    def __bool__(self) -> bool:
        """Whether there is a call."""
        return bool(self._calls)
