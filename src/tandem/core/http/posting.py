"""A short POST to an address that is asked again and again: aiohttp's connections and answers, its head made once.

aiohttp makes each request anew: address, headers in several steps, a payload object, on Python 3.11 even a task that writes
the body. That is two fifths of what a short call to a provider costs here. Between two calls to the same address only the
identifiers and the body differ, so everything else is kept as bytes. What is unusual (a large body, a proxy, an
address with a password in it) goes aiohttp's own way, through the session.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
from aiohttp.helpers import TimerNoop
from multidict import CIMultiDict
from yarl import URL

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.connector import Connection

AT_ONCE: Final = 32 * 1024
"""Bytes of a body that a transport takes without anybody having to wait."""

REMEMBERED: Final = 256
"""Addresses, with their headers, whose heads are kept."""

_TIMER: Final = TimerNoop()
"""aiohttp's own timer: waits are bounded around it."""

_ANSWERS: Final[Mapping[str, Any]] = {
    "skip_payload": False, "read_until_eof": True, "auto_decompress": True, "read_timeout": None, "read_bufsize": 2**16,
    "max_line_size": 8190, "max_field_size": 8190, "max_headers": 128,
}  # fmt: skip
"""How answers are read: as the session reads them."""


def is_last(request: aiohttp.ClientRequest) -> bool:
    """Tell whether ``request`` says that its connection is to be closed: another one must not follow (RFC 9112, 9.6)."""
    return request.headers.get("Connection", "").lower() == "close"


class Request(aiohttp.ClientRequest):
    """aiohttp's, for what the session sends: it leaves closing to the other side, which may do so at the next request."""

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        """Send it over ``conn``."""
        if is_last(self) and conn.protocol is not None:
            conn.protocol.force_close()
        return await super().send(conn)


class _Sent:
    """Stands for the writer of a request that has left already; an answer asks it for nothing else."""

    output_size = 0


_SENT: Final = cast("AbstractStreamWriter", _Sent())


@dataclass(slots=True)
class _Known:
    """What stays the same between calls."""

    request: aiohttp.ClientRequest
    """Tells the pool where to connect to; never sent itself."""
    info: aiohttp.RequestInfo
    is_last: bool
    """Whether the connection is to be closed after the answer."""
    head: bytes = field(repr=False)
    """Request line and headers, without length and end; a key may be among them."""


class Posting:
    """Short POSTs through the pool of ``session``."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Send the session's own headers, and those of each call."""
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._connector = cast("aiohttp.BaseConnector", session.connector)
        # Keys stand in the headers: they are never shown.
        self._known: dict[tuple[object, ...], _Known | None] = {}

    async def send(
        self, url: str, headers: Mapping[str, str], more: Mapping[str, str], body: bytes, waits: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse | None:  # fmt: skip
        """Return the answer once its headers are there; None, and nothing is sent, for what the session should send.

        ``more`` are headers of this one call, which ``headers`` do not have, fit to be sent as they are. Raises what the
        session would raise.
        """
        name = (url, *headers.items())
        known = self._known.get(name)
        if known is None:
            if len(body) > AT_ONCE or name in self._known:
                return None
            known = self._meet(name, url, headers)
        if known is None or len(body) > AT_ONCE:
            return None
        try:
            connection = await self._connector.connect(known.request, traces=[], timeout=waits)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("connecting took too long") from error
        try:
            return await self._sent(connection, known, more, body)
        except BaseException:
            connection.close()
            raise

    async def _sent(
        self, connection: "Connection", known: _Known, more: Mapping[str, str], body: bytes
    ) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        protocol.set_response_params(timer=_TIMER, **_ANSWERS)
        if known.is_last:
            protocol.force_close()
        told = "".join([f"{name}: {value}\r\n" for name, value in more.items()])
        protocol.transport.write(
            b"%b%bContent-Length: %d\r\n\r\n%b" % (known.head, told.encode("latin-1"), len(body), body)
        )
        request = known.request
        answer = aiohttp.ClientResponse(
            "POST", request.url, writer=None, continue100=None, timer=_TIMER, request_info=known.info, traces=[],
            loop=self._loop, session=self._session, stream_writer=_SENT,
        )  # fmt: skip
        try:
            return await answer.start(connection)
        except BaseException:
            answer.close()
            raise

    def _meet(self, name: tuple[object, ...], url: str, headers: Mapping[str, str]) -> _Known | None:
        """Make what is kept for an address and its headers; None for an address that is not plain http or https."""
        try:
            address = URL(url)
        except ValueError:
            address = URL()
        known = None
        if address.scheme in {"http", "https"} and address.raw_host and not address.raw_user:
            known = self._made(address, headers)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name] = known
        return known

    def _made(self, address: URL, headers: Mapping[str, str]) -> _Known | None:
        sent = CIMultiDict(self._session.headers)
        sent.update({"Content-Type": "application/json", **headers})
        request = aiohttp.ClientRequest(
            "POST", address, headers=sent, loop=self._loop, session=self._session, timer=_TIMER
        )
        request.headers.popall("Content-Length", None)
        told = list(request.headers.items())
        if any(ord(char) < 32 or ord(char) == 127 for pair in told for text in pair for char in text):
            return None  # the session says what is wrong with it
        lines = "".join([f"{key}: {value}\r\n" for key, value in told])
        head = f"POST {request.url.raw_path_qs} HTTP/1.1\r\n{lines}"
        return _Known(request, request.request_info, is_last(request), head.encode("utf-8"))
