"""`chat`: how many conversations a service holds, and what it adds to the model's own time."""

from functools import partial
from typing import Final

from tandem.bench.load.loops import closed, scheduled
from tandem.bench.measure.figures import ratio
from tandem.bench.measure.server import Server
from tandem.bench.outcome import Outcome
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.scenarios.chats import CONCURRENT, MODEL, UPSTREAM_MODEL, people, questions, tandem
from tandem.bench.subjects import flask_twins, gateways

BURST: Final = f"{CONCURRENT} at once, to the last answer, upstream 1 s"
FEW: Final = "8 concurrent, upstream 1 s"
SLOW: Final = f"{CONCURRENT} concurrent, upstream 1 s"
AT_ONCE: Final = "64 callers, upstream answers at once"
COMPLETIONS: Final = "/v1/chat/completions"


def run(bench: Bench) -> None:
    """Hold 50 conversations with a slow model, then see what a call costs when the model is quick."""
    _held(bench)
    if not bench.pace.quick:
        _capacity(bench)


def _held(bench: Bench) -> None:
    upstream = bench.world.upstream("--latency", "1", "--tokens", "20")
    asks = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1"}
    data = people(bench)
    servers = bench.started(bench.chosen({
        "Tandem": lambda: tandem(bench, upstream),
        "Flask gthread 2 x 4": lambda: flask_twins.tokimeki(bench.world, data, workers=2, settings=asks, label="chat"),
        "Flask gevent, 2 workers": lambda: flask_twins.tokimeki(bench.world, data, "gevent", workers=2, settings=asks, label="chat"),
    }, ("Tandem", "Flask gthread 2 x 4")))  # fmt: skip
    _measure(bench, servers, SLOW, "/chat", CONCURRENT, bench.pace.pick(4.3, 3.3), linger=10)
    for name, server in bench.turns(servers, bench.pace.pick(min(3, bench.pace.rounds), 1)):
        burst = questions(server, "/chat")[:CONCURRENT]
        result = scheduled([(0.0, server.port, ask) for ask in burst], 0.1)
        row = bench.outcome.row(name, BURST)
        row.add(finished=len(result.latencies), **latencies(result))
        noted(bench.outcome, row, result)
    if bench.pace.quick:
        return
    sync = {
        "Flask sync, 2 workers": partial(
            flask_twins.tokimeki, bench.world, data, "sync", workers=2, settings=asks, label="chat"
        )
    }
    for name, server in bench.started(sync).items():
        # Two at a time: more callers would only wait longer.
        row = bench.outcome.row(name, FEW)
        result = closed(server.port, questions(server, "/chat"), 8, 4.3, linger=5)
        row.add(rate=result.rate, finished=len(result.latencies), **latencies(result))


def _capacity(bench: Bench) -> None:
    upstream = bench.world.upstream("--tokens", "20")
    asks = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1"}
    data = people(bench)
    starters = {
        "bare relay, 1 process": lambda: gateways.relay(bench.world, upstream),
        "Tandem, 1 worker": lambda: tandem(bench, upstream, workers=1, label="at once"),
        "LiteLLM, 1 worker": lambda: gateways.litellm(bench.world, upstream, UPSTREAM_MODEL),
    }
    _measure(bench, bench.started(starters), AT_ONCE, COMPLETIONS, 64, bench.pace.seconds)
    flask = bench.started({
        "Flask gthread 1 x 4": lambda: flask_twins.tokimeki(bench.world, data, settings=asks, label="chat at once"),
        "Tandem /chat, 1 worker": lambda: tandem(bench, upstream, workers=1, label="at once"),
    })  # fmt: skip
    _measure(bench, flask, AT_ONCE, "/chat", 64, bench.pace.seconds)


def _measure(  # noqa: PLR0913, PLR0917 - one load
    bench: Bench, servers: dict[str, Server], condition: str, path: str, callers: int, seconds: float, *, linger: float = 1.5
) -> None:  # fmt: skip
    asks = {
        name: questions(server, path, model=UPSTREAM_MODEL if name.startswith(("LiteLLM", "bare")) else MODEL)
        for name, server in servers.items()
    }
    for name, server in servers.items():
        closed(server.port, asks[name], 8, 1)
    for name, server in bench.turns(servers, bench.pace.pick(bench.pace.rounds, 1)):
        costs = bench.costs(server)
        result = closed(server.port, asks[name], callers, seconds, linger=linger)
        row = bench.outcome.row(name, condition)
        row.add(
            rate=result.rate,
            finished=len(result.latencies),
            **latencies(result),
            **costs.per(result.answered),
        )
        noted(bench.outcome, row, result)
    for name, server in servers.items():
        bench.outcome.row(name, condition).add(memory_mb=server.memory())


def _figures(outcome: Outcome) -> None:
    ours = outcome.row("Tandem", SLOW).values
    figures = outcome.figures
    for rival, suffix in (("Flask gthread 2 x 4", "flask"), ("Flask gevent, 2 workers", "flask_gevent")):
        theirs = outcome.row(rival, SLOW).values
        if theirs:
            figures[f"times_{suffix}"] = ratio(ours["finished"], theirs["finished"])
            mine, others = (outcome.row(name, BURST).values["p50_ms"] for name in ("Tandem", rival))
            figures[f"p50_of_{suffix}"] = ratio(mine, others)
    quick = outcome.row("Tandem, 1 worker", AT_ONCE).values
    if theirs := outcome.row("LiteLLM, 1 worker", AT_ONCE).values:
        figures["times_litellm"] = ratio(quick["rate"], theirs["rate"])
    if theirs := outcome.row("bare relay, 1 process", AT_ONCE).values:
        figures["of_relay"] = ratio(quick["rate"], theirs["rate"])
    outcome.rows = [row for row in outcome.rows if row.values]


SCENARIO = Scenario(
    "chat",
    "Whole answers of a language model",
    run,
    limit=420,
    group="chat",
    figures=_figures,
    needs=("twins", "litellm"),
)
