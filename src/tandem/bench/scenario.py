"""A scenario: servers, the load that they get, and the figures made of what came back."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from tandem.bench.load.result import Result
from tandem.bench.measure.server import Server, ServerError
from tandem.bench.outcome import Outcome, Row
from tandem.bench.subjects.venvs import BaselinesUnavailableError
from tandem.bench.subjects.world import World

T = TypeVar("T")

BLINK: Final = 0.08
"""Seconds; the system counts CPU in hundredths."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take: more rounds are surer, fewer are quicker."""

    rounds: int = 5
    seconds: int = 2
    """Of one measurement."""
    quick: bool = False

    def pick(self, whole: T, quick: T) -> T:
        """Return one of two values."""
        return quick if self.quick else whole


class Bench:
    """What a running scenario works with."""

    def __init__(self, world: World, pace: Pace, outcome: Outcome, say: Callable[[str], None]) -> None:
        """Measure in ``world`` at ``pace`` into ``outcome``; ``say`` shows what goes on."""
        self.world, self.pace, self.outcome, self.say = world, pace, outcome, say

    def started(self, starters: Mapping[str, Callable[[], Server]]) -> dict[str, Server]:
        """Start what can be started here; what cannot is named aloud and left out."""
        begun: dict[str, Server] = {}
        with self.world.at_once():
            for name, start in starters.items():
                try:
                    begun[name] = start()
                except BaselinesUnavailableError as error:
                    self.leave_out(f"{name}: {error.message}")
        return {name: server for name, server in begun.items() if self._runs(name, server)}

    def _runs(self, name: str, server: Server) -> bool:
        try:
            server.wait()
        except ServerError as error:
            if name.startswith("Tandem"):
                raise
            self.leave_out(error.message)
            self.world.end(server)
            return False
        return True

    def chosen(self, starters: Mapping[str, T], quick: Collection[str]) -> dict[str, T]:
        """Return the ``starters``; of them those in ``quick`` when time is short."""
        return {name: start for name, start in starters.items() if not self.pace.quick or name in quick}

    def leave_out(self, what: str) -> None:
        """Say that something is not measured."""
        if what not in self.outcome.left_out:
            self.outcome.left_out.append(what)
            self.say(f"left out: {what}")

    def turns(self, servers: Mapping[str, Server], rounds: int | None = None) -> Iterator[tuple[str, Server]]:
        """Yield every server once per round, in an order that moves on by one, so that a busy moment hits all."""
        names = list(servers)
        total = rounds or self.pace.rounds
        for number in range(total):
            first = number % max(1, len(names))
            for name in names[first:] + names[:first]:
                self.say(f"round {number + 1} of {total}: {name}")
                yield name, servers[name]
                settle(servers[name])

    def costs(self, server: Server) -> "Costs":
        """Begin to count what ``server`` and the database spend."""
        return Costs(server, self.world)


class Costs:
    """CPU spent since it was made."""

    def __init__(self, server: Server, world: World) -> None:
        """Begin now."""
        self._server, self._world = server, world
        self._cpu, self._database = server.cpu(), world.database_cpu()

    def per(self, answers: int) -> dict[str, float]:
        """Return microseconds of CPU per answer, of the server's processes and of PostgreSQL's."""
        many = max(1, answers)
        return {
            "cpu_us": 1e6 * (self._server.cpu() - self._cpu) / many,
            "db_cpu_us": 1e6 * (self._world.database_cpu() - self._database) / many,
        }


def settle(server: Server, seconds: float = 6.0) -> None:
    """Wait until ``server`` is idle: what its callers gave up it may still be computing, to the next one's cost."""
    deadline = time.monotonic() + seconds
    before = server.cpu()
    while time.monotonic() < deadline:
        time.sleep(BLINK)
        now = server.cpu()
        if now - before < BLINK / 4:
            return
        before = now


def latencies(result: Result) -> dict[str, float]:
    """Return the quantiles of a run as metrics."""
    return {
        "p50_ms": result.ms(0.5),
        "p95_ms": result.ms(0.95),
        "p99_ms": result.ms(0.99),
        "errors": len(result.errors),
    }


def noted(outcome: Outcome, row: Row, result: Result) -> None:
    """Keep examples of the errors of a run beside its figures."""
    for text in sorted(set(result.errors))[:3]:
        note = f"{row.subject}, {row.condition}: {text}"
        if note not in outcome.notes:
            outcome.notes.append(note)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that is measured."""

    name: str
    title: str
    run: Callable[[Bench], None]
    limit: int
    """Seconds after which it is given up."""
    group: str = ""
    """Scenarios of one group, run one after the other, keep their servers."""
    figures: Callable[[Outcome], None] = lambda _: None
    """Makes the figures of the rows, also of those that a scenario has left when it was given up."""
    needs: tuple[Literal["twins", "litellm"], ...] = ()
    """Which baselines' packages are installed before its clock runs."""
