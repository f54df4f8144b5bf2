"""What a key allows, and who a request with a key is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

KeyScope = Literal["read", "write", "admin"]

SCOPES: Final[tuple[KeyScope, ...]] = ("read", "write", "admin")
"""From the least to the most; each allows what those before it allow."""

_RANK: Final[dict[str, int]] = {scope: rank for rank, scope in enumerate(SCOPES)}

IDENTITY: Final = "tandem.identity"
"""Where the identity stands in the ASGI scope; nothing stands there while authentication is off."""


def allows(held: KeyScope, needed: KeyScope) -> bool:
    """Tell whether who holds ``held`` may do what needs ``needed``."""
    return _RANK[held] >= _RANK[needed]


def highest(scopes: Iterable[str]) -> KeyScope | None:
    """Return the one of ``scopes`` that allows the most, None if none of them is known."""
    known = [_RANK[scope] for scope in scopes if scope in _RANK]
    return SCOPES[max(known)] if known else None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who showed a valid key."""

    user: str
    """Whose data the key works on."""
    key: str
    """The key's id; never its secret."""
    scope: KeyScope
    """What it allows."""
