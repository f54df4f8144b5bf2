"""What others said, as PostgreSQL can keep it."""

from typing import Any, Final

_REPLACEMENT: Final = "\ufffd"


def storable(value: Any) -> Any:
    """Return JSON's ``value`` with a replacement character for each NUL, which no text in PostgreSQL may hold.

    For what a model wrote: a caller's own NUL is refused where it comes in.
    """
    if isinstance(value, str):
        return value.replace("\x00", _REPLACEMENT)
    if isinstance(value, dict):
        return {name: storable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [storable(part) for part in value]
    return value
