"""Headers that code far below the web layer wishes to add to the answer of the current request.

The correlation middleware opens a list for each request and sends what was put into it. Outside a request
the notes go nowhere, so services and validators may call these functions without knowing who called them.
"""

from contextvars import ContextVar, Token

_Notes = dict[str, list[str]]

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


def headers() -> list[tuple[bytes, bytes]]:
    """Return the notes as raw header pairs."""
    notes = _notes.get()
    if not notes:
        return []
    return [(name.lower().encode("latin-1"), ", ".join(v).encode("latin-1")) for name, v in notes.items()]
