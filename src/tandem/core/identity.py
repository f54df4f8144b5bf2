"""The names of users."""

import re
from typing import Final

from tandem.core.errors import InvalidInputError

DEFAULT_USER: Final = "default"
"""Whose data the old services' clients work on."""

_NAME: Final = re.compile(r"[A-Za-z0-9._@:+-]{1,100}")


def user_name(name: str) -> str:
    """Return ``name`` if a user may be called so; raises InvalidInputError."""
    if not _NAME.fullmatch(name):
        raise InvalidInputError("a user's name has 1-100 characters of letters, digits and . _ @ : + -")
    return name
