"""A request as bytes, and what must stand in its answer for it to count."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, made once and sent many times."""

    data: bytes
    expected: bytes = b""
    """What the answer must hold; empty: any body."""
    times: int = 1
    """How often."""
    status: bytes = b"200"
    """The status that counts as answered."""
    route: str = ""
    """Under which name its latency is told."""

    @classmethod
    def get(
        cls, path: str, headers: Mapping[str, str] | None = None, expected: bytes = b"", *, route: str = ""
    ) -> "Ask":
        """Return a GET whose answer holds ``expected``."""
        return cls(f"GET {path} HTTP/1.1\r\n{_lines(headers)}\r\n".encode(), expected, route=route)

    @classmethod
    def post(  # noqa: PLR0913 - a request and what is expected of its answer
        cls, path: str, body: object, headers: Mapping[str, str] | None = None, expected: bytes = b"", *,
        times: int = 1, status: bytes = b"200", route: str = "",
    ) -> "Ask":  # fmt: skip
        """Return a POST of JSON whose answer holds ``expected`` at least ``times`` times."""
        payload = orjson.dumps(body)
        head = f"POST {path} HTTP/1.1\r\n{_lines(headers)}Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        return cls(head.encode() + payload, expected, times, status, route)

    def fault(self, answer: bytes | None) -> str:
        """Return what is wrong with ``answer`` (None: the connection broke), empty for nothing."""
        if answer is None:
            return "connection lost"
        if answer[9:12] != self.status:
            return answer[:120].decode("latin-1").partition("\r\n")[0]
        if self.expected and answer.count(self.expected) < self.times:
            return "the answer is not what was asked for"
        return ""


def _lines(headers: Mapping[str, str] | None) -> str:
    return "Host: 127.0.0.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
