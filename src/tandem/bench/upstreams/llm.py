"""An OpenAI-compatible server that answers filler text at a chosen pace, or fails in a chosen way.

In process: ``async with LLMUpstream(Script(rate=10)) as upstream: ... upstream.base_url``. By itself::

    python -m tandem.bench.upstreams.llm --port 8099 --latency 0.3 --rate 50 --tokens 100 --fault 429=0.05

Routes: ``POST /v1/chat/completions``, ``GET /v1/models``, ``GET /stats``, ``DELETE /stats``. How one request
is answered, it may say itself: see :class:`~tandem.bench.upstreams.script.Script`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Self

import orjson

from tandem.bench.upstreams import payloads
from tandem.bench.upstreams.connection import Connection, Request
from tandem.bench.upstreams.exchange import Exchange
from tandem.bench.upstreams.script import Script
from tandem.bench.upstreams.statistics import Statistics
from tandem.bench.upstreams.ticker import Ticker

KEPT: Final = 200
BACKLOG: Final = 4096


class LLMUpstream:
    """The server; one event loop, no task per request. :attr:`script` may be changed while it runs."""

    def __init__(
        self, script: Script | None = None, *, port: int = 0, host: str = "127.0.0.1",
        chances: Mapping[str, float] | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        """Answer by ``script``; ``chances`` are probabilities of faults, drawn with ``seed``. Port 0: a free one."""
        self.script = script or Script()
        self.statistics = Statistics()
        self.seen: deque[Request] = deque(maxlen=KEPT)
        """The last calls for an answer, with all that was sent: for tests, never over the wire."""
        self._chances = dict(chances or {})
        self._dice = random.Random(seed)
        self._host, self.port = host, port
        self._connections: set[Connection] = set()
        self._gone = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._ticker: Ticker | None = None

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{self._host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The base address for a client."""
        return f"{self.url}/v1"

    async def open(self) -> None:
        """Listen; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._ticker = self._ticker or Ticker()
        self._server = await loop.create_server(
            lambda: Connection(self._handle, self._opened, self._closed),
            self._host, self.port, backlog=BACKLOG, reuse_address=True,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Stop listening and cut every connection; :meth:`open` listens on the same port again."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.abort()
        if self._connections:
            # The loop closes the sockets a round later.
            self._gone.clear()
            await self._gone.wait()

    async def close(self) -> None:
        """Stop."""
        await self.refuse()
        if self._ticker is not None:
            self._ticker.stop()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.close()

    def _opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        self.statistics.connected()

    def _closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._gone.set()
        self.statistics.connections_open -= 1

    def _handle(self, connection: Connection, request: Request) -> None:
        match request.method, request.path.rstrip("/"):
            case "POST", "/v1/chat/completions":
                self._answer(connection, request)
            case "GET", "/v1/models":
                _json(connection, {"object": "list", "data": [{"id": "filler", "object": "model"}]})
            case "GET", "/stats" | "/health":
                _json(connection, self.statistics.wire())
            case "DELETE", "/stats":
                self._forget()
                _json(connection, self.statistics.wire())
            case _:
                connection.send(payloads.response(404, payloads.error(404, "no such route")))

    def _forget(self) -> None:
        kept = self.statistics
        self.statistics = Statistics(connections_open=kept.connections_open)

    def _answer(self, connection: Connection, request: Request) -> None:
        self.seen.append(request)
        try:
            asked = orjson.loads(request.body)
            model = str(asked["model"])
            script = self.script.for_request(model, request.headers, request.query)
        except (ValueError, KeyError, TypeError):
            connection.send(payloads.response(400, payloads.error(400, "the request cannot be read")))
            return
        script = script.drawn(self._chances, self._dice)
        count = self.statistics.begin(model)
        if script.first and count > script.first:
            script = script.wished("fault=")
        if script.answers:
            script = replace(script, content=script.answers[min(count, len(script.answers)) - 1])
        self._exchange(connection, script, asked)

    def _exchange(self, connection: Connection, script: Script, asked: dict[str, Any]) -> None:
        assert self._ticker is not None  # noqa: S101 - set before the first connection
        Exchange(connection, script, asked, self._ticker, self.statistics).start()


def _json(connection: Connection, value: Any) -> None:
    connection.send(payloads.response(200, orjson.dumps(value)))


if __name__ == "__main__":
    from tandem.bench.upstreams.llm_command import main

    main()
