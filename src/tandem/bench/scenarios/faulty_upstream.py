"""`faulty-upstream`: of a hundred calls to the model five fail and one hangs, and Redis is restarted once."""

import random
import threading
from collections.abc import Iterator
from typing import Final

from tandem.bench.load.arrivals import poisson
from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import Arrival, scheduled
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.scenarios.chats import people, questions
from tandem.bench.subjects import flask_twins, ours
from tandem.bench.subjects.venvs import BaselinesUnavailableError
from tandem.bench.subjects.world import RedisServer

PATIENCE: Final = 4.0
"""Seconds after which a caller gives up."""
CHATS, READS = 20.0, 20.0
"""A second."""
CONDITION: Final = (
    f"{CHATS:.0f} chats and {READS:.0f} reads a second, 5 % errors, 1 % hangs, Redis gone for 2 s"
)
RECOMMENDATION: Final = "/api/recommendation"


def run(bench: Bench) -> None:
    """The same arrivals for both sides, in turn; what is not answered well within the caller's patience has failed."""
    world = bench.world
    upstream = world.upstream(
        "--latency", "0.1", "--tokens", "20", "--fault", "500=0.05", "--fault", "mute=0.01"
    )
    try:
        redis = world.redis
    except BaselinesUnavailableError as error:
        bench.leave_out(f"Redis: {error.message}")
        redis = None
    data = people(bench)
    sides = bench.started({
        "Tandem": lambda: _ours(bench, upstream, redis), "Flask gthread 2 x 4": lambda: _twin(bench, upstream),
    })  # fmt: skip
    readers = {"Tandem": ours.pomodoro(world, data, workers=2, settings=_with_redis(redis), label="faults")}
    if "Flask gthread 2 x 4" in sides:
        readers["Flask gthread 2 x 4"] = flask_twins.pomodoro(
            world, data, workers=2, caching=redis is not None
        )
    failed = dict.fromkeys(sides, 0)
    asked = dict.fromkeys(sides, 0)
    for name, server in bench.turns(sides, bench.pace.pick(min(2, bench.pace.rounds), 1)):
        seconds = bench.pace.pick(12, 7)
        restart = threading.Thread(target=_restart, args=(redis, seconds / 3), daemon=True)
        restart.start()
        result = scheduled(_arrivals(server, readers[name], seconds), seconds, patience=PATIENCE)
        restart.join()
        failed[name] += len(result.errors)
        asked[name] += result.asked
        row = bench.outcome.row(name, CONDITION)
        row.add(
            finished=len(result.latencies),
            failed_share=len(result.errors) / max(1, result.asked),
            **latencies(result),
        )
        noted(bench.outcome, row, result)
    bench.outcome.figures["failed"] = failed["Tandem"] / max(1, asked["Tandem"])
    for rival, count in failed.items():
        if rival != "Tandem" and count:
            bench.outcome.figures["failed_of_flask"] = bench.outcome.figures["failed"] / (
                count / asked[rival]
            )


def _ours(bench: Bench, upstream: Server, redis: RedisServer | None) -> Server:
    settings = (
        ours.asking(upstream)
        | _with_redis(redis)
        | {"TANDEM_AI_FIRST_TOKEN_TIMEOUT": "1.5", "TANDEM_AI_TIMEOUT": "3"}
    )
    return ours.tokimeki(bench.world, people(bench), workers=2, settings=settings, label="faults")


def _twin(bench: Bench, upstream: Server) -> Server:
    settings = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1", "TWIN_TIMEOUT": "3"}
    return flask_twins.tokimeki(bench.world, people(bench), workers=2, settings=settings, label="faults")


def _with_redis(redis: RedisServer | None) -> dict[str, str]:
    return {} if redis is None else {"REDIS_URL": redis.url()}


def _arrivals(chats: Server, reads: Server, seconds: float) -> Iterator[Arrival]:
    dice = random.Random(11)
    asks = questions(chats, "/chat")
    read = Ask.get(RECOMMENDATION, reads.headers("default"), b"recommended_preset", route="read")
    share = CHATS / (CHATS + READS)
    for number, due in enumerate(poisson(CHATS + READS, seconds, dice)):
        yield (
            (due, chats.port, asks[number % len(asks)]) if dice.random() < share else (due, reads.port, read)
        )


def _restart(redis: RedisServer | None, after: float) -> None:
    if redis is not None:
        pause = threading.Event()
        pause.wait(after)
        redis.stop()
        pause.wait(2)
        redis.start()


SCENARIO = Scenario(
    "faulty-upstream", "Failed answers while parts fail", run, limit=180, group="faults", needs=("twins",)
)
