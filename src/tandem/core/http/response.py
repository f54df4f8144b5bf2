"""A whole answer of another service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tandem.core.http.errors import MalformedAnswerError


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer with any status; ``headers`` are looked up without regard to case."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type in small letters without parameters, empty when there is none."""
        return media_type(self.headers)

    def json(self) -> Any:
        """Return the body as JSON; raises MalformedAnswerError."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            malformed = MalformedAnswerError(f"{self.host} promised JSON and sent something else")
        # Outside the handler: the parser's error quotes the body.
        raise malformed


def media_type(headers: Mapping[str, str]) -> str:
    """Return the content type in small letters without parameters, empty when there is none."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()
