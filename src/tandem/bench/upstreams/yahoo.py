"""A server in Yahoo's place: daily prices of any symbol at a chosen pace, or failing in a chosen way.

In process: ``async with YahooUpstream(latency=0.3, dead={"GONE"}) as upstream: ... upstream.url``. By itself::

    python -m tandem.bench.upstreams.yahoo --port 8098 --latency 0.3 --dead GONE --fault 429=0.05 --poison TSLA=html

Routes: ``GET /v8/finance/chart/{symbol}`` with ``period1``, ``period2`` and ``interval=1d``; ``GET /stats`` and ``DELETE /stats``: calls
by symbol, calls in flight and the most there ever were. Prices are a made-up walk that depends on the symbol alone, on
weekdays from 1990 on, so that two calls never contradict each other.
"""

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote

import orjson

from tandem.bench.upstreams import payloads
from tandem.bench.upstreams.connection import Connection, Request
from tandem.bench.upstreams.yahoo_charts import DAY, chart_of, unknown
from tandem.bench.upstreams.yahoo_faults import faulty

PREFIX: Final = "/v8/finance/chart/"


@dataclass(slots=True)
class YahooStatistics:
    """What reached the server."""

    calls: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    faulted: int = 0
    by_symbol: Counter[str] = field(default_factory=Counter)

    def wire(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "calls": self.calls, "in_flight": self.in_flight, "most_in_flight": self.most_in_flight,
            "faulted": self.faulted, "by_symbol": dict(self.by_symbol),
        }  # fmt: skip


class YahooUpstream:
    """The server. :attr:`latency`, :attr:`dead` and :attr:`poison` may be changed while it runs."""

    def __init__(  # noqa: PLR0913 - each is one thing to choose
        self, *, latency: float = 0.0, dead: frozenset[str] | set[str] = frozenset(),
        poison: Mapping[str, str] | None = None, chances: Mapping[str, float] | None = None, seed: int = 0,
        port: int = 0, host: str = "127.0.0.1", per_minute: int = 0,
    ) -> None:  # fmt: skip
        """Answer after ``latency`` seconds.

        ``dead`` symbols are unknown; ``poison`` names the fault of a symbol (``*``: of all); ``chances`` are probabilities of
        faults, drawn with ``seed``; more than ``per_minute`` calls in a minute get 429 (0: no limit). Port 0: a free one.
        """
        self.latency = latency
        self.dead = set(dead)
        self.poison = dict(poison or {})
        self.statistics = YahooStatistics()
        self._chances, self._dice = dict(chances or {}), random.Random(seed)
        self._per_minute, self._minute, self._in_minute = per_minute, 0, 0
        self._host, self.port = host, port
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The base address for a client."""
        return f"http://{self._host}:{self.port}"

    async def open(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._handle, self._connections.add, self._connections.discard),
            self._host, self.port, backlog=1024, reuse_address=True,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection; :meth:`open` listens on the same port again."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.abort()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.close()

    def forget(self) -> None:
        """Count from 0 again."""
        self.statistics = YahooStatistics(in_flight=self.statistics.in_flight)

    def _handle(self, connection: Connection, request: Request) -> None:
        if request.path.startswith(PREFIX) and request.method == "GET":
            self._chart(connection, unquote(request.path.removeprefix(PREFIX)), request.query)
        elif request.path == "/stats" and request.method in ("GET", "DELETE"):
            if request.method == "DELETE":
                self.forget()
            connection.send(payloads.response(200, orjson.dumps(self.statistics.wire())))
        else:
            connection.send(payloads.response(404, b'{"error":"no such route"}'))

    def _chart(self, connection: Connection, symbol: str, query: str) -> None:
        self._count(symbol)
        fault = self.poison.get(symbol) or self.poison.get("*") or self._drawn()
        if self._is_too_much():
            fault = "429"
        self.statistics.faulted += bool(fault)
        counted = self.statistics
        done = False

        def answered() -> None:
            nonlocal done
            if not done:
                done = True
                counted.in_flight -= 1

        timer: list[asyncio.TimerHandle] = []

        def left() -> None:
            answered()
            for one in timer:
                one.cancel()

        connection.left = left
        send = self._sender(connection, symbol, query, fault)
        if send is None:
            return

        def answer() -> None:
            connection.left = None
            answered()
            send()

        timer.append(asyncio.get_running_loop().call_later(self.latency, answer))

    def _sender(
        self, connection: Connection, symbol: str, query: str, fault: str
    ) -> Callable[[], None] | None:
        """Return what is to be done when the latency is over; None for silence."""
        if fault == "mute":
            return None
        if fault == "reset":
            return connection.abort
        if not fault and symbol in self.dead:
            return lambda: connection.send(payloads.response(404, unknown()))
        chart = self._answer(symbol, query)
        if fault == "cut":
            body = payloads.response(200, chart[: len(chart) // 2], length=len(chart))

            def cut() -> None:
                connection.send(body)
                connection.close()

            return cut
        body = faulty(fault, chart) if fault else payloads.response(200, chart)
        return lambda: connection.send(body)

    def _answer(self, symbol: str, query: str) -> bytes:
        asked = parse_qs(query)
        try:
            first, last = int(asked["period1"][0]), int(asked["period2"][0])
        except (KeyError, ValueError):
            last = int(dt.datetime.now(dt.UTC).timestamp())
            first = last - 31 * DAY
        return chart_of(symbol, first // DAY, last // DAY)

    def _count(self, symbol: str) -> None:
        counted = self.statistics
        counted.calls += 1
        counted.by_symbol[symbol] += 1
        counted.in_flight += 1
        counted.most_in_flight = max(counted.most_in_flight, counted.in_flight)

    def _is_too_much(self) -> bool:
        minute = int(asyncio.get_running_loop().time() // 60)
        self._in_minute = self._in_minute + 1 if minute == self._minute else 1
        self._minute = minute
        return 0 < self._per_minute < self._in_minute

    def _drawn(self) -> str:
        drawn = self._dice.random()
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                return fault
        return ""


if __name__ == "__main__":
    from tandem.bench.upstreams.yahoo_command import main

    main()
