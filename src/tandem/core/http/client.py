"""The one client for all calls to other services: pooled, bounded, and each wait with a limit."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final, Self

import aiohttp
import orjson
from yarl import URL

from tandem.core.deadline import deadline
from tandem.core.errors import InvalidInputError
from tandem.core.http.connector import CountingConnector
from tandem.core.http.errors import RAISED_BY_AIOHTTP, HttpClosedError, HttpError, Phase, translated
from tandem.core.http.posting import Posting, Request
from tandem.core.http.response import HttpResponse
from tandem.core.http.stream import HttpStream
from tandem.core.http.timeouts import Timeouts
from tandem.core.observability.tracing import outgoing_headers

LARGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes that a whole answer may have unless the caller says otherwise."""
MOST_REDIRECTS: Final = 3
_IN_ONE_PIECE: Final = 512 * 1024
"""Bytes up to which a request's body is handed to the transport at once."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class HttpStatistics:
    """One look at the client."""

    limit: int
    """Connections that may be open at once."""
    in_use: int
    """Connections that a call holds now."""
    idle: int
    """Open connections kept for the next call."""
    waiting: int
    """Calls that wait now for a connection to become free."""
    open_answers: int
    """Answers that are being read now."""
    calls: int
    """Calls since the start."""
    failures: int
    """Calls since the start that brought no answer with a status."""


class HttpClient:
    """A resource: one pool of connections for the whole process.

    Cookies are never kept, no proxy is taken from the environment, and redirects are followed for GET alone.
    Every call carries the identifiers of the request being served. To be used from one event loop; safe for many
    tasks; cancelling a call closes its connection.
    """

    def __init__(
        self, *,
        limit: int = 1024, per_host: int = 640, keep_alive: float = 30.0,
        timeouts: Timeouts | None = None, proxy: str | None = None,
    ) -> None:  # fmt: skip
        """Prepare; nothing is opened yet.

        Args:
            limit: connections in total; further calls wait.
            per_host: connections to one host and port.
            keep_alive: seconds for which an idle connection is kept.
            timeouts: for calls that bring none of their own.
            proxy: an ``http://`` address through which all calls but those to this machine go.
        """
        self._limit, self._per_host, self._keep_alive = limit, per_host, keep_alive
        self._timeouts = timeouts or Timeouts()
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._connector: CountingConnector | None = None
        self._posting: Posting | None = None
        self._streams: set[HttpStream] = set()
        self._calls = self._failures = 0

    async def open(self) -> None:
        """Get ready; connects to nobody."""
        if self._session is not None:
            return
        self._connector = CountingConnector(
            limit=self._limit, per_host=self._per_host, keep_alive=self._keep_alive
        )
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            request_class=Request,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"tandem/{version('tandem')}"},
            trust_env=False,
            auto_decompress=True,
        )
        self._posting = Posting(self._session)

    async def close(self) -> None:
        """Close every connection; answers that are still being read end with an error."""
        session, self._session, self._connector, self._posting = self._session, None, None, None
        for stream in list(self._streams):
            stream.close()
        if session is not None:
            await session.close()

    async def ping(self) -> None:
        """Raise HttpClosedError unless calls can be made."""
        self._opened()

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    def statistics(self) -> HttpStatistics:
        """Return one look at the client."""
        pool = self._connector
        return HttpStatistics(
            limit=self._limit,
            in_use=pool.in_use if pool else 0,
            idle=pool.idle if pool else 0,
            waiting=pool.waiting if pool else 0,
            open_answers=len(self._streams),
            calls=self._calls,
            failures=self._failures,
        )

    async def request(  # noqa: PLR0913 - each is a part of a request with a name
        self, method: str, url: str, *,
        json: Any = None, headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None, limit: int = LARGEST_BODY,
    ) -> HttpResponse:  # fmt: skip
        """Return a whole answer, whatever its status.

        ``json`` is sent as the body; ``limit`` bounds the answer's body in bytes. Raises an HttpError.
        """
        waits = (timeouts or self._timeouts).for_whole()
        stream = await self.stream(method, url, json=json, headers=headers, timeouts=waits)
        async with stream:
            body = await stream.read(limit)
        return HttpResponse(stream.host, stream.status, stream.headers, body)

    async def stream(
        self, method: str, url: str, *,
        json: Any = None, headers: Mapping[str, str] | None = None, timeouts: Timeouts | None = None,
    ) -> HttpStream:  # fmt: skip
        """Return an answer as soon as its headers are there, whatever its status; the caller leaves it.

        Raises an HttpError; nothing stays open then, nor when the call is cancelled.
        """
        self._opened()
        waits = timeouts or self._timeouts
        host = _host_of(url)
        begun = asyncio.get_running_loop().time()
        self._calls += 1
        failure: HttpError
        try:
            with deadline(min(waits.first_byte, waits.total)):
                response = await self._sent(method, url, host, json, headers, waits.connect)
        except TimeoutError as error:
            phase: Phase = "first_byte" if waits.first_byte < waits.total else "total"
            failure = translated(error, host, phase, begun=False)
        except RAISED_BY_AIOHTTP as error:
            failure = translated(error, host, "first_byte", begun=False)
        else:
            return self._begun(response, host, waits, begun)
        self._failures += 1
        # Outside of the handler, or it would carry aiohttp's error, which holds the headers.
        raise failure

    def _begun(
        self, response: aiohttp.ClientResponse, host: str, waits: Timeouts, begun: float
    ) -> HttpStream:
        stream = HttpStream(
            response, host, idle=waits.idle, deadline=begun + waits.total, ended=self._streams.discard
        )
        self._streams.add(stream)
        return stream

    async def _sent(  # noqa: PLR0913, PLR0917 - as above
        self, method: str, url: str, host: str, json: Any, headers: Mapping[str, str] | None, connect: float
    ) -> aiohttp.ClientResponse:  # fmt: skip
        """Return the answer of aiohttp; raises one of :data:`RAISED_BY_AIOHTTP`."""
        more, timeout = outgoing_headers(), _connect_timeout(connect)
        body = None if json is None else _encoded(json)
        is_proxied = self._proxy is not None and host.rpartition(":")[0] not in _LOOPBACK
        if method == "POST" and body is not None and not is_proxied and self._posting is not None:
            answer = await self._posting.send(url, headers or {}, more, body, timeout)
            if answer is not None:
                return answer
        sent = {**more, **(headers or {})}
        # Waiting for a free connection is bounded from outside, together with everything up to the headers.
        options: dict[str, Any] = {"headers": sent, "allow_redirects": method == "GET", "timeout": timeout}
        if is_proxied:
            options["proxy"] = self._proxy
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            options["data"] = body if len(body) <= _IN_ONE_PIECE else io.BytesIO(body)
        return await self._opened().request(method, url, max_redirects=MOST_REDIRECTS, **options)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise HttpClosedError("the client for outgoing calls is not open")
        return self._session


@lru_cache(maxsize=256)
def _connect_timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=seconds, ceil_threshold=float("inf"))


def _encoded(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError as error:
        # Half of a surrogate pair passes through JSON but has no UTF-8 form.
        raise InvalidInputError("the request holds text or a value that JSON cannot carry") from error


def _plain(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


@lru_cache(maxsize=256)
def _host_of(url: str) -> str:
    """Return host and port for messages, never user or password; the text for a missing host when malformed."""
    try:
        parsed = URL(url)
    except ValueError:
        return "nowhere:0"
    return f"{parsed.host or 'nowhere'}:{parsed.port or 0}"
