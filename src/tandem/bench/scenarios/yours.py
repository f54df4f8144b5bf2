"""`yours`: servers of anybody's, that run already, side by side: an old Flask app and its successor, say.

A scenario is servers times a load, and a server is a name with a port; where it came from nobody asks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed, paced
from tandem.bench.measure.figures import ratio
from tandem.bench.outcome import Row
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.core.errors import ConfigurationError

CONNECTIONS: Final = 32


@dataclass(frozen=True, slots=True)
class Running:
    """A server on this machine that somebody else started."""

    name: str
    port: int

    @classmethod
    def read(cls, told: str) -> "Running":
        """Read ``NAME=http://127.0.0.1:PORT``; raises ConfigurationError."""
        name, _, address = told.partition("=")
        parts = urlsplit(address)
        try:
            port = parts.port or 80
        except ValueError:
            port = 0
        if not name or parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost") or not port:
            raise ConfigurationError(
                f"{told!r} is not NAME=http://127.0.0.1:PORT; only servers of this machine are measured"
            )
        return cls(name, port)


@dataclass(frozen=True, slots=True)
class Question:
    """What they are all asked."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self) -> Ask:
        """Return the request."""
        return Ask.get(self.path, self.headers)


def scenario(servers: Sequence[Running], question: Question) -> Scenario:
    """Return the scenario that compares ``servers``, the first one as the measure of the others."""
    return Scenario("yours", f"GET {question.path}", _run(servers, question), limit=900)


def _run(servers: Sequence[Running], question: Question) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        ask, outcome = question.ask(), bench.outcome
        for number in range(bench.pace.rounds):
            first = number % len(servers)
            for server in [*servers[first:], *servers[:first]]:
                bench.say(f"round {number + 1} of {bench.pace.rounds}: {server.name}")
                result = closed(server.port, ask, CONNECTIONS, bench.pace.seconds)
                row = outcome.row(server.name, f"{CONNECTIONS} connections")
                row.add(rate=result.rate, **latencies(result))
                noted(outcome, row, result)
        rows = [row for row in outcome.rows if row.values]
        half = max(1.0, min(row.median("rate") for row in rows) / 2)
        condition = f"equal offered load: {half:,.0f} requests/s"
        for _ in range(bench.pace.rounds):
            for server in servers:
                result = paced(server.port, ask, half, bench.pace.seconds)
                row = outcome.row(server.name, condition)
                row.add(**latencies(result))
                noted(outcome, row, result)
        _figures(bench, rows, servers, condition)

    return run


def _figures(bench: Bench, rows: Sequence[Row], servers: Sequence[Running], condition: str) -> None:
    old = rows[0]
    for row in rows[1:]:
        bench.outcome.figures[f"{row.subject} times {old.subject}"] = ratio(
            row.values["rate"], old.values["rate"]
        )
    theirs = bench.outcome.row(servers[0].name, condition).values
    for server in servers[1:]:
        mine = bench.outcome.row(server.name, condition).values
        bench.outcome.figures[f"{server.name} p95 of {servers[0].name}"] = ratio(
            mine["p95_ms"], theirs["p95_ms"]
        )
    bench.outcome.notes += [f"{name}: {value:.3g}" for name, value in bench.outcome.figures.items()]
