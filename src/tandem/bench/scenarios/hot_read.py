"""`hot-read`: a recommendation that everybody has cached, except those who cache nothing."""

from typing import Final

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import paced
from tandem.bench.load.throughput import measure
from tandem.bench.measure.figures import ratio
from tandem.bench.measure.server import Server
from tandem.bench.outcome import Outcome
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.subjects import asgi_apps, flask_twins, ours
from tandem.bench.subjects.people import Person

PATH: Final = "/api/recommendation"
USER: Final = "default"
CONNECTIONS: Final = 32
SESSIONS: Final = 2000
QUICK: Final = ("bare ASGI", "Tandem", "fastapi-cache2, memory", "Flask-Caching, Redis", "Flask gthread")
ONE, TWO, EQUAL = "one worker", "two workers", "equal offered load"


def run(bench: Bench) -> None:
    """Throughput in alternating rounds, then latency at half of what each Flask side sustains."""
    world, outcome = bench.world, bench.outcome
    data = world.database("two-thousand", [Person(USER, SESSIONS)])
    first = ours.pomodoro(world, data)
    _, body, headers = first.get(PATH, first.headers(USER))
    size = len(body)
    one = bench.started(bench.chosen({
        "bare ASGI": lambda: asgi_apps.bare(world, size), "Tandem": lambda: first,
        "FastAPI, no cache": lambda: asgi_apps.fastapi(world),
        "fastapi-cache2, memory": lambda: asgi_apps.fastapi_cache(world, redis=False),
        "fastapi-cache2, Redis": lambda: asgi_apps.fastapi_cache(world, redis=True),
        "Flask-Caching, Redis": lambda: flask_twins.pomodoro(world, data, caching=True),
        "Flask gthread": lambda: flask_twins.pomodoro(world, data),
        "Flask gevent": lambda: flask_twins.pomodoro(world, data, "gevent"),
        "Flask sync": lambda: flask_twins.pomodoro(world, data, "sync"),
    }, QUICK))  # fmt: skip
    two = {} if bench.pace.quick else bench.started({
        "bare ASGI": lambda: asgi_apps.bare(world, size, workers=2),
        "Tandem": lambda: ours.pomodoro(world, data, workers=2),
        "Flask gthread": lambda: flask_twins.pomodoro(world, data, workers=2),
    })  # fmt: skip
    _throughput(bench, one, ONE)
    _throughput(bench, two, TWO)
    _equal_load(bench, one)
    outcome.notes.append(f"{size} bytes; {', '.join(sorted(headers))}")


def _throughput(bench: Bench, servers: dict[str, Server], condition: str) -> None:
    for server in servers.values():
        measure(server.port, PATH, server.headers(USER), CONNECTIONS, 1)
    for name, server in bench.turns(servers):
        costs = bench.costs(server)
        found = measure(server.port, PATH, server.headers(USER), CONNECTIONS, bench.pace.seconds)
        row = bench.outcome.row(name, condition)
        row.add(rate=found.rate, errors=found.errors, **costs.per(found.answers))
    for name, server in servers.items():
        bench.outcome.row(name, condition).add(memory_mb=server.memory())


def _equal_load(bench: Bench, servers: dict[str, Server]) -> None:
    """Half of what a Flask server sustains in this run is offered to it, to us, and to a server that does nothing, in turn."""
    for flask in ("Flask gthread", "Flask-Caching, Redis"):
        if flask not in servers:
            continue
        rate = max(5.0, bench.outcome.row(flask, ONE).median("rate") / 2)
        condition = f"{EQUAL}: half of {flask}'s"
        floor = {} if bench.pace.quick else {"bare ASGI": servers["bare ASGI"]}
        for name, server in bench.turns({flask: servers[flask], "Tandem": servers["Tandem"]} | floor):
            seconds = bench.pace.pick(3, 1)
            expected = b"" if name in floor else b"recommended_preset"
            result = paced(server.port, Ask.get(PATH, server.headers(USER), expected), rate, seconds)
            row = bench.outcome.row(name, condition)
            row.add(rate=result.rate, **latencies(result))
            noted(bench.outcome, row, result)


def _figures(outcome: Outcome) -> None:
    """Make the figures of the thresholds."""

    def rates(name: str, condition: str) -> list[float]:
        return outcome.row(name, condition).values.get("rate", [])

    mine, figures = rates("Tandem", ONE), outcome.figures
    figures["best_rate"] = max(mine)
    figures["of_bare"] = ratio(mine, rates("bare ASGI", ONE))
    if both := rates("Tandem", TWO):
        figures["of_bare_two_workers"] = ratio(both, rates("bare ASGI", TWO))
    caches = ("fastapi-cache2, memory", "fastapi-cache2, Redis")
    plain = ("Flask gthread", "Flask gevent", "Flask sync")
    for figure, rivals in (
        ("times_fastapi_cache", caches),
        ("times_flask_caching", ("Flask-Caching, Redis",)),
        ("times_flask", plain),
    ):
        # Against the best of them.
        if found := [ratio(mine, values) for name in rivals if (values := rates(name, ONE))]:
            figures[figure] = min(found)
    if twin := rates("Flask gthread", TWO):
        figures["twin_two_workers"] = sorted(twin)[len(twin) // 2]
    for flask, suffix in (("Flask gthread", "flask"), ("Flask-Caching, Redis", "flask_caching")):
        condition = f"{EQUAL}: half of {flask}'s"
        theirs, our = outcome.row(flask, condition).values, outcome.row("Tandem", condition).values
        for share in ("p50", "p95", "p99"):
            if theirs.get(f"{share}_ms"):
                figures[f"{share}_of_{suffix}"] = ratio(our[f"{share}_ms"], theirs[f"{share}_ms"])
    outcome.rows = [row for row in outcome.rows if row.values]


SCENARIO = Scenario(
    "hot-read",
    "A cached recommendation, 2,000 sessions",
    run,
    limit=420,
    group="reads",
    figures=_figures,
    needs=("twins",),
)
