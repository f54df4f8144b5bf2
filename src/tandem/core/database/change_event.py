"""What PostgreSQL tells about a committed change of somebody's sessions."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

CHANNEL: Final = "tandem_sessions"
"""The channel of the notifications; the triggers of migration 0001 name it too."""


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One statement changed sessions of one user, and its transaction is committed."""

    user: str
    version: int
    """The user's data version that holds the change; each change of a user adds one."""
    ids: tuple[UUID, ...] | None
    """The rows that were written, moved or removed; None when they were too many to name, or all."""


def parse(payload: str) -> ChangeEvent | None:
    """Return the event in ``payload``, None if it holds none: then anything may have changed."""
    try:
        found: Any = orjson.loads(payload)
        user, version, ids = found["u"], found["v"], found["ids"]
        named = None if ids is None else tuple(UUID(one) for one in ids)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if not isinstance(user, str) or not isinstance(version, int) or isinstance(version, bool):
        return None
    return ChangeEvent(user, version, named)
