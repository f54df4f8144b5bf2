"""`mixed-500-users`: 500 people with keys of their own use both services at once, from a cold start."""

from typing import Final

from tandem.bench.load.loops import scheduled
from tandem.bench.load.result import Result
from tandem.bench.measure.figures import quantile
from tandem.bench.measure.scrape import buckets, quantile_of
from tandem.bench.measure.server import Server
from tandem.bench.outcome import Outcome
from tandem.bench.scenario import Bench, Scenario, latencies
from tandem.bench.scenarios.mixed_requests import MARKETS, READS, Crowd
from tandem.bench.subjects import flask_twins, ours, prices
from tandem.bench.subjects.people import OPERATOR, crowd
from tandem.bench.subjects.venvs import BaselinesUnavailableError
from tandem.bench.subjects.world import Populated

USERS: Final = 500
THINK: Final = 1.0
"""Mean seconds between two requests of a person."""
COLD_SECONDS: Final = 15
"""The first seconds, in which snapshots and answers are made for the first time."""
LAG: Final = "tandem_event_loop_lag_seconds"
BUSY: Final = "tandem_event_loop_busy_seconds"
LOOKING: Final = {"TANDEM_LOOP_WATCH": "0.005"}
"""Ten times as often as usual, so that a look sees one turn of the loop or a few, instead of all of 50 ms."""


def run(bench: Bench) -> None:
    """Offer the arrivals of 500 people for three minutes, whatever becomes of the answers."""
    world, outcome = bench.world, bench.outcome
    seconds = bench.pace.pick(180, 8)
    users = bench.pace.pick(USERS, 100)
    people = crowd(users)
    data = world.database("crowd", people)
    pomodoro, tokimeki = _services(bench, data)
    routes = ours.routes(tokimeki)
    mix = Crowd(pomodoro, tokimeki, [one.name for one in people], routes)
    if not mix.has_sentiment:
        bench.leave_out("sentiment: Tokimeki has no such route; reads stand in for it")
    bench.say(f"{users} users for {seconds} s")
    costs = {one.name: (one, bench.costs(one)) for one in (pomodoro, tokimeki)}
    result = scheduled(mix.arrivals(users / THINK, seconds), seconds)
    condition = f"{users} users, {seconds} s from a cold start"
    _tell(outcome, condition, result, quick=bench.pace.quick)
    for name, (server, spent) in costs.items():
        outcome.row(name, "servers").add(**spent.per(result.asked), memory_mb=server.memory())
    _lag(bench, [pomodoro, tokimeki])
    _beside(bench, data, [one.name for one in people[:50]])


def _services(bench: Bench, data: Populated) -> tuple[Server, Server]:
    world = bench.world
    upstream = world.upstream("--latency", "1", "--tokens", "20")

    yahoo = prices.stand_in(world, "Yahoo's quick stand-in", latency=0.1)
    try:
        redis = {"REDIS_URL": world.redis.url()}
    except BaselinesUnavailableError as error:
        bench.leave_out(f"Redis: {error.message}; each worker caches for itself")
        redis = {}
    return (
        ours.pomodoro(world, data, workers=2, settings=redis | LOOKING, label="pomodoro"),
        ours.tokimeki(
            world,
            data,
            workers=1,
            settings=ours.asking(upstream) | prices.asking(yahoo) | redis | LOOKING,
            label="tokimeki",
        ),
    )


def _tell(outcome: Outcome, condition: str, result: Result, *, quick: bool) -> None:
    """Note each route, and all read routes together, also apart from the cold start."""
    reading = dict.fromkeys(one.route for one in (*READS, *MARKETS))
    reads = result.of(reading)
    groups = {
        "all reads": reads, f"all reads, first {COLD_SECONDS} s": result.of(reading, end=COLD_SECONDS),
        f"all reads, after {COLD_SECONDS} s": result.of(reading, begin=COLD_SECONDS),
    } | {route: result.routes[route] for route in sorted(result.routes)}  # fmt: skip
    for name, took in groups.items():
        if took:
            outcome.row(name, condition).add(finished=len(took), **_quantiles(took))
    told = sum(result.states.values())
    outcome.figures["errors"] = len(result.errors)
    outcome.notes.append(
        f"{result.asked:,} requests, {len(result.errors)} errors; X-Cache: {dict(result.states)}"
    )
    outcome.notes += sorted(set(result.errors))[:5]
    if quick:
        outcome.notes.append(
            "a quick run is mostly cold start: its latencies and hit rate stand for nothing and are not judged"
        )
        return
    outcome.figures |= _quantiles(reads) | {
        "asked": result.asked,
        "hit_rate": result.states["hit"] / told if told else 0.0,
    }


def _quantiles(took: list[float]) -> dict[str, float]:
    return {f"p{share}_ms": 1e3 * quantile(took, share / 100) for share in (50, 95, 99)}


def _lag(bench: Bench, servers: list[Server]) -> None:
    """Read how late the event loops were, and how long they computed in one go, by their own histograms."""
    outcome, worst, long = bench.outcome, 0.0, 0.0
    for server in servers:
        text = server.get("/metrics", server.headers(OPERATOR))[1].decode()
        counts = buckets(text, LAG)
        p99 = 1e3 * quantile_of(counts, 0.99)
        total = max(counts.values(), default=0)
        worst = max(worst, p99)
        late = total - counts.get(0.05, total)
        busy = buckets(text, BUSY)
        longer = max(busy.values()) - busy[0.05]
        long += longer
        outcome.notes.append(
            f"{server.name}: event-loop lag p99 {p99:.1f} ms; {late:.0f} of {total:.0f} looks were more than 50 ms late; "
            f"between two looks the loop's thread computed for more than 50 ms {longer:.0f} times"
        )
    if not bench.pace.quick:
        outcome.figures |= {"lag_p99_ms": worst, "long_stretches": long}


def _beside(bench: Bench, data: Populated, users: list[str]) -> None:
    """Let a tenth of the people read from the twin, for comparison."""
    twins = bench.started({"Flask": lambda: flask_twins.pomodoro(bench.world, data, workers=2)})
    for name, twin in twins.items():
        mix = Crowd(twin, twin, users, frozenset())
        mix.only_reads()
        seconds = bench.pace.pick(10, 3)
        result = scheduled(mix.arrivals(len(users) / THINK, seconds), seconds, patience=10)
        bench.outcome.row(name, f"{len(users)} users who only read, {seconds} s").add(
            finished=len(result.latencies), **latencies(result)
        )


SCENARIO = Scenario(
    "mixed-500-users", "Both services under mixed load", run, limit=450, group="mixed", needs=("twins",)
)
