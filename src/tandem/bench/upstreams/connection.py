"""One client's connection, on the bare protocol: faults on the level of bytes need nothing between them and the socket."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

import httptools

LARGEST_REQUEST: Final = 4 * 1024 * 1024
MOST_UNSENT: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class Request:
    """What a client asked; header names in small letters."""

    method: str = ""
    path: str = ""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Connection(asyncio.Protocol):
    """Reads requests one after the other; :meth:`send` answers, :meth:`done` waits for the next one.

    ``left`` is called when the client goes while an answer is under way.
    """

    def __init__(
        self, handle: Callable[["Connection", Request], None],
        opened: Callable[["Connection"], None], closed: Callable[["Connection"], None],
    ) -> None:  # fmt: skip
        """Give each request to ``handle``."""
        self._handle, self._opened, self._closed = handle, opened, closed
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request()
        self._url = b""
        self._body: list[bytes] = []
        self._size = 0
        self.left: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        # Not asked of the object: uvloop's transports have another base.
        self._transport = cast("asyncio.Transport", transport)
        self._opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The client left, or we have closed."""
        self._transport = None
        left, self.left = self.left, None
        if left is not None:
            left()
        self._closed(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._request, self._url, self._size = Request(), b"", 0
        self._body.clear()

    def on_url(self, url: bytes) -> None:
        """Keep the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._request.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._size += len(body)
        if self._size > LARGEST_REQUEST:
            self.abort()
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        request = self._request
        path, _, query = self._url.decode("latin-1").partition("?")
        request.method, request.path, request.query = self._parser.get_method().decode("ascii"), path, query
        request.body = b"".join(self._body)
        self._handle(self, request)

    def send(self, data: bytes) -> None:
        """Send bytes; a client who does not take them is cut off."""
        if self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close after what was sent."""
        if self._transport is not None:
            self._transport.close()
