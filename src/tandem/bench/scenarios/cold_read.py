"""`cold-read`: answers that no cache holds; ours come from a warm snapshot, the old way reads and computes everything."""

from typing import Final

from tandem.bench.load.throughput import measure
from tandem.bench.measure.figures import ratio
from tandem.bench.scenario import Bench, Scenario
from tandem.bench.scenarios.hot_read import CONNECTIONS, PATH, SESSIONS, USER
from tandem.bench.subjects import asgi_apps, flask_twins, ours
from tandem.bench.subjects.people import Person

UNCACHED: Final = {"Cache-Control": "no-store"}
PATHS: Final = (PATH, "/api/detect-anomalies")


def run(bench: Bench) -> None:
    """Two routes, one worker each, in alternating rounds."""
    world = bench.world
    data = world.database("two-thousand", [Person(USER, SESSIONS)])
    servers = bench.started(bench.chosen({
        "Tandem": lambda: ours.pomodoro(world, data),
        "Flask gthread": lambda: flask_twins.pomodoro(world, data),
        "FastAPI, recomputing": lambda: asgi_apps.recomputing(world, data),
    }, ("Tandem", "Flask gthread")))  # fmt: skip
    for path in PATHS[: bench.pace.pick(2, 1)]:
        taking = {
            name: one for name, one in servers.items() if path == PATH or name != "FastAPI, recomputing"
        }
        for name, server in bench.turns(taking):
            costs = bench.costs(server)
            found = measure(
                server.port, path, server.headers(USER) | UNCACHED, CONNECTIONS // 2, bench.pace.seconds
            )
            row = bench.outcome.row(name, path)
            row.add(rate=found.rate, errors=found.errors, **costs.per(found.answers))
    for rival, figure in (("Flask gthread", "times_flask"), ("FastAPI, recomputing", "times_recomputing")):
        if rival in servers:
            mine, theirs = (bench.outcome.row(name, PATH).values["rate"] for name in ("Tandem", rival))
            bench.outcome.figures[figure] = ratio(mine, theirs)


SCENARIO = Scenario(
    "cold-read",
    "Reads that no cache answers, 2,000 sessions, one worker",
    run,
    limit=150,
    group="reads",
    needs=("twins",),
)
