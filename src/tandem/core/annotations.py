"""Headers that code far below the web layer wishes to add to the answer of the current request.

The correlation middleware opens a list for each request and sends what was put into it. Outside a request
the notes go nowhere, so services and validators may call these functions without knowing who called them.
"""

from contextvars import ContextVar, Token
from typing import Final

_Notes = dict[str, list[str]]

_UNKEPT: Final = ""
"""No header: a note without values."""

_notes: ContextVar[_Notes | None] = ContextVar("tandem_response_notes", default=None)


def begin() -> Token[_Notes | None]:
    """Open an empty set of notes for the current request."""
    return _notes.set({})


def end(token: Token[_Notes | None]) -> None:
    """Forget the notes of the current request."""
    _notes.reset(token)


def note(header: str, value: str) -> None:
    """Add ``value`` to ``header``; several values of one header are joined by commas."""
    notes = _notes.get()
    if notes is not None and value not in (values := notes.setdefault(header, [])):
        values.append(value)


def ignored(parameter: str) -> None:
    """Tell the caller that a query parameter was not usable and its default or nearest value was taken."""
    note("X-Ignored-Parameters", parameter)


def do_not_keep() -> None:
    """Tell that the answer was made in need and must not be cached."""
    notes = _notes.get()
    if notes is not None:
        notes.setdefault(_UNKEPT, [])


def may_be_kept() -> bool:
    """Whether nobody marked the answer as stale or made in need."""
    notes = _notes.get() or {}
    return _UNKEPT not in notes and "X-Cache" not in notes


def headers() -> list[tuple[bytes, bytes]]:
    """Return the notes as raw header pairs."""
    notes = _notes.get()
    if not notes:
        return []
    return [
        (name.lower().encode("latin-1"), ", ".join(v).encode("latin-1")) for name, v in notes.items() if v
    ]
