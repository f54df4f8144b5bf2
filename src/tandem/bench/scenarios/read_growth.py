"""`read-growth`: what a read costs people with 2,000, 20,000 and 200,000 sessions."""

from typing import Final

from tandem.bench.load.throughput import measure
from tandem.bench.measure.figures import ratio
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench, Scenario
from tandem.bench.scenarios.cold_read import UNCACHED
from tandem.bench.scenarios.hot_read import CONNECTIONS, PATH
from tandem.bench.subjects import flask_twins, ours
from tandem.bench.subjects.people import Person
from tandem.bench.subjects.world import Populated, World

SIZES: Final = (2_000, 20_000, 200_000)


def people(world: World) -> Populated:
    """Return a database with one person of each size."""
    return world.database("growth", [Person(f"has{size}", size) for size in SIZES])


def run(bench: Bench) -> None:
    """One server of ours, three users, read hot and cold in turn; the twin for comparison."""
    data = people(bench.world)
    server = ours.pomodoro(bench.world, data, label="growth")
    for size in SIZES:
        # Loads the snapshot, which the first reader waits for.
        server.get(PATH, server.headers(f"has{size}"))
    for number in range(bench.pace.rounds):
        order = SIZES[number % 3 :] + SIZES[: number % 3]
        for size in order:
            bench.say(f"round {number + 1} of {bench.pace.rounds}: {size:,} sessions")
            _read(bench, "Tandem", server, size, "hot", bench.pace.seconds)
            _read(bench, "Tandem", server, size, "cold", bench.pace.seconds)
    _twin(bench, data)
    for kind, figure in (("hot", "hot_growth"), ("cold", "cold_growth")):
        small, large = (
            bench.outcome.row("Tandem", _condition(size, kind)).values["cpu_us"]
            for size in (SIZES[0], SIZES[-1])
        )
        bench.outcome.figures[f"{figure}_cpu"] = ratio(large, small)
        small, large = (
            bench.outcome.row("Tandem", _condition(size, kind)).values["rate"]
            for size in (SIZES[0], SIZES[-1])
        )
        bench.outcome.figures[figure] = ratio(small, large)


def _twin(bench: Bench, data: Populated) -> None:
    if bench.pace.quick:
        return
    for name, twin in bench.started(
        {"Flask gthread": lambda: flask_twins.pomodoro(bench.world, data)}
    ).items():
        for size in SIZES:
            # Ten seconds an answer leaves no time for many rounds.
            for _ in range(1 if size == SIZES[-1] else 3):
                _read(bench, name, twin, size, "cold", 10 if size == SIZES[-1] else 3)


def _condition(size: int, kind: str) -> str:
    return f"{kind}, {size:,} sessions"


def _read(bench: Bench, name: str, server: Server, size: int, kind: str, seconds: int) -> None:  # noqa: PLR0913, PLR0917 - one measurement
    headers = server.headers(f"has{size}") | (UNCACHED if kind == "cold" else {})
    callers = CONNECTIONS if name == "Tandem" else 4
    costs = bench.costs(server)
    found = measure(server.port, PATH, headers, callers, seconds)
    row = bench.outcome.row(name, _condition(size, kind))
    row.add(rate=found.rate, errors=found.errors, **costs.per(found.answers))


SCENARIO = Scenario(
    "read-growth",
    "A recommendation for people with more and more sessions",
    run,
    limit=300,
    group="reads",
    needs=("twins",),
)
