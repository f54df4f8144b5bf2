"""`compare`: the same question to three models at once."""

from typing import Final

from tandem.bench.load.loops import closed
from tandem.bench.measure.figures import ratio
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.scenarios.chats import CONCURRENT, people, questions, tandem
from tandem.bench.subjects import flask_twins

CONDITION: Final = f"{CONCURRENT} concurrent, three models, upstream 1 s"


def run(bench: Bench) -> None:
    """Compare 50 times at once, in alternating rounds."""
    upstream = bench.world.upstream("--latency", "1", "--tokens", "20")
    asks = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1"}
    data = people(bench)
    servers = bench.started({
        "Tandem": lambda: tandem(bench, upstream),
        "Flask gthread 2 x 4": lambda: flask_twins.tokimeki(bench.world, data, workers=2, settings=asks, label="chat"),
    })  # fmt: skip
    prompts = {name: questions(server, "/compare_models") for name, server in servers.items()}
    for name, server in bench.turns(servers):
        costs = bench.costs(server)
        result = closed(server.port, prompts[name], CONCURRENT, bench.pace.pick(4.3, 3.3), linger=10)
        row = bench.outcome.row(name, CONDITION)
        row.add(
            rate=result.rate,
            finished=len(result.latencies),
            **latencies(result),
            **costs.per(result.answered),
        )
        noted(bench.outcome, row, result)
    if "Flask gthread 2 x 4" in servers:
        mine, theirs = (bench.outcome.row(name, CONDITION).values["finished"] for name in servers)
        bench.outcome.figures["times_flask"] = ratio(mine, theirs)


SCENARIO = Scenario("compare", "One question to three models", run, limit=150, group="chat", needs=("twins",))
