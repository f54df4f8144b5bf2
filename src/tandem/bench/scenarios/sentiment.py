"""`sentiment`: one sentence at a time, in a model that stays loaded and in one that is loaded per request."""

import math
from typing import Final

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed, scheduled
from tandem.bench.measure.figures import ratio
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.scenarios.chats import people
from tandem.bench.scenarios.mixed_requests import SENTENCES
from tandem.bench.subjects import flask_twins, ours

PATH: Final = "/analyze_tweet"
CALLERS: Final = 8
CONDITION: Final = f"{CALLERS} new texts at once, to the last answer"


def run(bench: Bench) -> None:
    """Two workers each; the texts differ, so that no answer is kept."""
    data = people(bench)
    tandem = ours.tokimeki(bench.world, data, workers=2, label="sentiment")
    if PATH not in ours.routes(tandem):
        bench.leave_out(f"Tokimeki has no route {PATH}")
        return
    servers = bench.started({
        "Tandem": lambda: tandem,
        "Flask gthread 2 x 4": lambda: flask_twins.tokimeki(bench.world, data, workers=2, label="sentiment"),
    })  # fmt: skip
    # The first text in each worker pays for loading; the old way pays each time.
    closed(tandem.port, [_ask(tandem, -number) for number in range(64)], CALLERS, 1, linger=20)
    begun, texts = 1, bench.pace.pick(CALLERS, CALLERS // 2)
    for name, server in bench.turns(servers, bench.pace.pick(bench.pace.rounds, 1)):
        asks = [_ask(server, begun + number) for number in range(texts)]
        begun += texts
        costs = bench.costs(server)
        result = scheduled([(0.0, server.port, ask) for ask in asks], 0.1, patience=60)
        row = bench.outcome.row(name, CONDITION)
        row.add(
            rate=len(result.latencies) / max(result.latencies, default=math.inf),
            **latencies(result),
            **costs.per(result.answered),
            memory_mb=server.memory(),
        )
        noted(bench.outcome, row, result)
    if len(servers) > 1:
        mine, theirs = (bench.outcome.row(name, CONDITION).values for name in servers)
        bench.outcome.figures["times_flask"] = ratio(mine["rate"], theirs["rate"])
        bench.outcome.figures["p50_of_flask"] = ratio(mine["p50_ms"], theirs["p50_ms"])


def _ask(server: Server, number: int) -> Ask:
    text = f"{SENTENCES[number % len(SENTENCES)]}, said note {number}."
    return Ask.post(PATH, {"text": text}, server.headers("default"), b'"label"')


SCENARIO = Scenario(
    "sentiment", "Sentiment of a sentence", run, limit=240, group="sentiment", needs=("twins",)
)
