"""How the rows of ``ai_cache`` that are ours are told from those of the old services, and whose they are."""

import hashlib
from typing import Final

PREFIX: Final = "tandem:"
"""What type and key of our rows begin with; the old services have none such."""


def user_prefix(user: str) -> str:
    """Return what all keys of ``user`` begin with; the name itself is not kept."""
    return f"{PREFIX}{hashlib.sha256(user.encode()).hexdigest()[:24]}:"
