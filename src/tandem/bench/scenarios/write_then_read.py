"""`write-then-read`: is any answer older than a write that was confirmed 50 ms ago, in whatever worker?"""

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import asyncpg

from tandem.bench.limits import run_loop
from tandem.bench.load.asks import Ask
from tandem.bench.load.wire import HEAD_END, Wire, connect
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench, Scenario
from tandem.bench.subjects import flask_twins, ours
from tandem.bench.subjects.people import Person
from tandem.bench.subjects.world import Populated
from tandem.core.database.pool import asyncpg_dsn

READ: Final = "/api/prediction/today"
WAIT: Final = 0.05
USERS: Final = 10
WIRES: Final = 6
"""Connections that read, so that both workers are asked."""
TRIES: Final = 1000
CONDITION: Final = "two workers, read 50 ms after the write was confirmed"
_KILL: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '%listener%'
"""


@dataclass(slots=True)
class Seen:
    """What the readers saw."""

    tries: int = 0
    reads: int = 0
    stale: int = 0
    errors: list[str] = field(default_factory=list)
    killed: int = 0
    halfway: asyncio.Event = field(default_factory=asyncio.Event)


def run(bench: Bench) -> None:
    """Ten users write in turn; after each write six connections read. In the middle the listening connections are killed."""
    world, outcome = bench.world, bench.outcome
    data = world.database("writes", [Person(f"writer{number}", 200) for number in range(USERS)])
    server = ours.pomodoro(world, data, workers=2, label="writes")
    seen = run_loop(_all(server, data, bench.pace.pick(TRIES, 200), kill=True))
    outcome.row("Tandem", CONDITION).add(
        finished=seen.reads, failed_share=seen.stale / max(1, seen.reads), errors=len(seen.errors)
    )
    outcome.figures |= {"stale": seen.stale, "errors": len(seen.errors), "tries": seen.tries}
    outcome.notes.append(
        f"{seen.tries} writes, {seen.reads} reads, {seen.stale} stale; {seen.killed} listening connections killed in the middle"
    )
    outcome.notes += sorted(set(seen.errors))[:3]
    for name, twin in bench.started(
        {"Flask-Caching": lambda: flask_twins.pomodoro(world, data, workers=2, caching=True)}
    ).items():
        theirs = run_loop(_all(twin, data, 50, kill=False))
        row = outcome.row(name, CONDITION)
        row.add(
            finished=theirs.reads, failed_share=theirs.stale / max(1, theirs.reads), errors=len(theirs.errors)
        )
        outcome.notes.append(
            f"{name}: {theirs.tries} writes, {theirs.stale} of {theirs.reads} reads stale: its answers live by the clock"
        )
    outcome.notes.append("the share under `failed` is that of stale answers")


async def _all(server: Server, data: Populated, tries: int, *, kill: bool) -> Seen:
    seen = Seen()
    work = [_writer(server, f"writer{number}", tries // USERS, seen) for number in range(USERS)]
    if kill:
        work.append(_kill(data, seen))
    await asyncio.gather(*work)
    return seen


async def _kill(data: Populated, seen: Seen) -> None:
    await seen.halfway.wait()
    connection = await asyncpg.connect(asyncpg_dsn(data.dsn), timeout=10)
    try:
        seen.killed = await connection.fetchval(_KILL)
    finally:
        await connection.close()


async def _writer(server: Server, user: str, tries: int, seen: Seen) -> None:
    headers = server.headers(user)
    write = Ask.post(
        "/api/sessions",
        {"preset": "deep_work", "category": "Learning", "productivity_rating": 70},
        headers,
        status=b"201",
    )
    read = Ask.get(READ, headers)
    wires = []
    expected = 0
    for _ in range(WIRES):
        # Used at once: gunicorn's threads wait for the first request of each new connection.
        wires.append(await connect(server.port))
        expected = max(expected, _completed(await _answer(wires[-1], read)))
    for number in range(tries):
        if number == tries // 2:
            seen.halfway.set()
        wires = [wire if wire.transport is not None else await connect(server.port) for wire in wires]
        answer = await _answer(wires[0], write)
        confirmed = perf_counter()
        seen.tries += 1
        if problem := write.fault(answer):
            seen.errors.append(f"write: {problem}")
            expected = max(expected, _completed(await _answer(wires[0], read)))
            continue
        expected += 1
        await asyncio.sleep(max(0.0, confirmed + WAIT - perf_counter()))
        for answer in await asyncio.gather(*(_answer(wire, read) for wire in wires)):
            seen.reads += 1
            if problem := read.fault(answer):
                seen.errors.append(f"read: {problem}")
            elif _completed(answer) < expected:
                seen.stale += 1
    for wire in wires:
        wire.close()


async def _answer(wire: Wire, ask: Ask) -> bytes | None:
    answered: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
    wire.ask(ask.data, answered.set_result)
    return await asyncio.wait_for(answered, 20)


def _completed(answer: bytes | None) -> int:
    if answer is None:
        return 0
    _, _, rest = answer.partition(HEAD_END)[2].partition(b'"completed_sessions":')
    digits = rest.lstrip()[:8].partition(b",")[0].rstrip(b"}\n ")
    return int(digits) if digits.isdigit() else 0


SCENARIO = Scenario(
    "write-then-read",
    "No answer is older than the last confirmed write",
    run,
    limit=240,
    group="reads",
    needs=("twins",),
)
