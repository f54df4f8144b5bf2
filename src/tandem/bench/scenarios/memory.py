"""`memory`: what both sides need to hold 200 slow chats while others read, and whether it stays what it is."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import asyncpg

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import Callers, together
from tandem.bench.load.throughput import measure
from tandem.bench.measure.server import Server
from tandem.bench.outcome import Outcome
from tandem.bench.scenario import Bench, Scenario, noted
from tandem.bench.scenarios.chats import questions
from tandem.bench.scenarios.hot_read import CONNECTIONS, PATH
from tandem.bench.subjects import flask_twins, ours
from tandem.bench.subjects.people import Person
from tandem.bench.subjects.world import Populated
from tandem.core.database.pool import asyncpg_dsn

CHATS: Final = 200
UPSTREAM_SECONDS: Final = 2
DEPLOYED_THREADS: Final = 8
"""Of the old service: 2 workers x 4 threads, so many chats at once."""
READERS: Final = 8
USER: Final = "has20000"
CONDITION: Final = f"{CHATS} chats under way, upstream 2 s, {READERS} readers with 20,000 sessions"
REQUESTS: Final = 200_000
LONG: Final = f"{REQUESTS:,} requests"


def run(bench: Bench) -> None:
    """Hold the chats on each side, watch memory meanwhile; then see whether ours stays flat."""
    # Nobody with more sessions than the readers': our starting workers load whoever worked last, 20 MB for 200,000.
    data = bench.world.database("twenty-thousand", [Person("default", 50), Person(USER, 20_000)])
    upstream = bench.world.upstream("--latency", str(UPSTREAM_SECONDS), "--tokens", "20")
    seconds = bench.pace.pick(10, 5)
    for name, starters in _pairs(bench, data, upstream).items():
        started = bench.started(starters)
        if len(started) < len(starters):
            continue
        chats, reads = started.values()
        bench.say(name)
        watch = Watch([chats, reads])
        callers = [
            Callers(chats.port, questions(chats, "/chat"), CHATS),
            Callers(
                reads.port, [Ask.get(PATH, reads.headers(USER), b"recommended_preset")], READERS, pause=0.01
            ),
        ]
        results = together(callers, seconds)
        row = bench.outcome.row(name, CONDITION)
        row.add(
            peak_mb=watch.end(),
            finished=len(results[0].latencies),
            errors=sum(len(one.errors) for one in results),
        )
        for result in results:
            noted(bench.outcome, row, result)
        for server in (chats, reads):
            bench.world.end(server)
    _figures(bench.outcome, seconds)
    _stays_flat(bench, data)


def _pairs(bench: Bench, data: Populated, upstream: Server) -> dict[str, dict[str, Callable[[], Server]]]:
    """Return how to start each side: a chat service and a reading service, large enough for all chats."""
    world = bench.world
    asking = ours.asking(upstream)
    asks = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1"}
    found: dict[str, dict[str, Callable[[], Server]]] = {}
    for workers in bench.pace.pick((1, 2), (1,)):
        name = f"Tandem, {workers} worker{'s' * (workers > 1)} each"
        found[name] = {
            f"{name} (chats)": partial(
                ours.tokimeki, world, data, workers=workers, settings=asking, label="memory"
            ),
            f"{name} (reads)": partial(ours.pomodoro, world, data, workers=workers, label="memory"),
        }
    sizes: dict[str, tuple[flask_twins.Kind, int]] = {
        f"Flask gthread, 2 x {CHATS // 2} threads for chats, 2 x 4 for reads": ("gthread", CHATS // 2),
        "Flask gevent, 2 workers for chats, 2 for reads": ("gevent", 4),
    }
    for name, (kind, threads) in list(sizes.items())[: bench.pace.pick(2, 1)]:
        found[name] = {
            f"{name} (chats)": partial(
                flask_twins.tokimeki,
                world,
                data,
                kind,
                workers=2,
                threads=threads,
                settings=asks,
                label="memory",
            ),
            f"{name} (reads)": partial(flask_twins.pomodoro, world, data, kind, workers=2),
        }
    return found


class Watch:
    """Looks at the memory of servers from a thread and keeps the most it saw."""

    def __init__(self, servers: list[Server]) -> None:
        """Begin to look."""
        self._servers = servers
        self._most = 0.0
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Stop looking and return the peak in MB."""
        self._enough.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._enough.wait(0.5):
            self._most = max(self._most, sum(one.memory() for one in self._servers))


def _figures(outcome: Outcome, seconds: float) -> None:
    peaks = {row.subject: row.median("peak_mb") for row in outcome.rows}
    mine = peaks.get("Tandem, 1 worker each")
    equal = peaks.get("Tandem, 2 workers each")
    if finished := outcome.row("Tandem, 1 worker each", CONDITION).values.get("finished"):
        # Little's law: chats finished a second, each under way for the upstream's two seconds.
        outcome.figures["held"] = max(finished) / seconds * UPSTREAM_SECONDS
        outcome.figures["held_times_deployed"] = outcome.figures["held"] / DEPLOYED_THREADS
    for name, peak in peaks.items():
        kind = "gthread" if "gthread" in name else "gevent" if "gevent" in name else ""
        if kind and mine and peak:
            suffix = "flask" if kind == "gthread" else "flask_gevent"
            outcome.figures[f"of_{suffix}"] = mine / peak
            if equal:
                outcome.figures[f"of_{suffix}_equal_workers"] = equal / peak


def _stays_flat(bench: Bench, data: Populated) -> None:
    """Compare memory, threads and database connections before and after many requests."""
    server = ours.pomodoro(bench.world, data, label="memory")
    headers = server.headers(USER)
    cold = headers | {"Cache-Control": "no-store"}
    wanted = bench.pace.pick(REQUESTS, REQUESTS // 10)

    def some(count: int) -> int:
        done = 0
        for _ in range(30):
            if done >= count:
                break
            done += (
                measure(server.port, PATH, headers, CONNECTIONS, 3).answers
                + measure(server.port, PATH, cold, CONNECTIONS, 1).answers
            )
        return done

    some(wanted // 5)
    before = server.memory(), server.threads(), _connections(data)
    answered = some(wanted)
    after = server.memory(), server.threads(), _connections(data)
    bench.outcome.row("Tandem, 1 worker, before", LONG).add(memory_mb=before[0])
    bench.outcome.row("Tandem, 1 worker, after", LONG).add(memory_mb=after[0])
    bench.outcome.notes.append(
        f"{answered:,} requests: threads {before[1]} -> {after[1]}, database connections {before[2]} -> {after[2]}"
    )
    bench.outcome.figures |= {
        "growth": after[0] / before[0] - 1, "threads_more": after[1] - before[1], "connections_more": after[2] - before[2],
    }  # fmt: skip


def _connections(data: Populated) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(asyncpg_dsn(data.dsn), timeout=10)
        try:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            return found
        finally:
            await connection.close()

    return asyncio.run(count())


SCENARIO = Scenario(
    "memory", "Memory of a chat and a reading service", run, limit=300, group="memory", needs=("twins",)
)
