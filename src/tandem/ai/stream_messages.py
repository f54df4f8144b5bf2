"""What workers ask each other about their streams, as the payload of a notification."""

from dataclasses import asdict, dataclass
from typing import Literal

import orjson

Wish = Literal["find", "cancel", "cancel_part"]


@dataclass(frozen=True, slots=True)
class Question:
    """``asker`` asks who has the stream ``name`` of ``user``, and wishes something of it; ``part`` counts from 0."""

    number: str
    asker: str
    wish: Wish
    name: str
    user: str
    part: int = 0

    def payload(self) -> str:
        """Return the text of the notification: far below PostgreSQL's 8,000 bytes, as ids and names are bounded."""
        return orjson.dumps({"question": asdict(self)}).decode()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one worker says to the question ``number``; ``found`` whether the stream is there and can do as wished."""

    number: str
    found: bool

    def payload(self) -> str:
        """Return the text of the notification."""
        return orjson.dumps({"reply": asdict(self)}).decode()


def read(payload: str) -> Question | Reply | None:
    """Return what ``payload`` says, None for something else: another version may speak on the same channel."""
    try:
        said = orjson.loads(payload)
        if "question" in said:
            return Question(**said["question"])
        return Reply(**said["reply"])
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None
