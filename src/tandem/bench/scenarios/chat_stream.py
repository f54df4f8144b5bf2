"""`chat-stream`: when the first word is there, and how many words a second get through."""

import asyncio
from time import perf_counter
from typing import Final

from tandem.bench.limits import run_loop
from tandem.bench.load.asks import Ask
from tandem.bench.load.result import Result
from tandem.bench.load.wire import Wire
from tandem.bench.measure.figures import quantile, ratio
from tandem.bench.measure.server import Server
from tandem.bench.outcome import Outcome
from tandem.bench.scenario import Bench, Scenario, noted
from tandem.bench.scenarios.chats import MODEL, UPSTREAM_MODEL, people, questions, tandem
from tandem.bench.subjects import flask_twins, gateways

TOKENS: Final = 60
CALLERS: Final = 50
CONDITION: Final = f"{CALLERS} callers, answers of {TOKENS} tokens, 40 tokens/s each"
FLASK: Final = "Flask gevent, not streamed"


class FirstWord(Wire):
    """Notes when the first word of an answer is there."""

    def __init__(self) -> None:
        """Wait to be connected."""
        super().__init__()
        self.first = 0.0
        self.marks: tuple[bytes, ...] = (b'"content":"', b'"response":"')

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        if not self.first and any(mark in data for mark in self.marks):
            self.first = perf_counter()
        super().data_received(data)


def run(bench: Bench) -> None:
    """Stream to 50 callers from a model with a first token after 0.2 s; the old service waited for the whole answer."""
    upstream = bench.world.upstream("--latency", "0.2", "--rate", "40", "--tokens", str(TOKENS))
    asks = {"TWIN_LLM_URL": f"http://127.0.0.1:{upstream.port}/v1"}
    starters = {
        "bare relay, 1 process": lambda: gateways.relay(bench.world, upstream),
        "Tandem, 1 worker": lambda: tandem(bench, upstream, workers=1, label="streams"),
        FLASK: lambda: flask_twins.tokimeki(
            bench.world, people(bench), "gevent", settings=asks, label="stream"
        ),
    }
    if not bench.pace.quick:
        starters["LiteLLM, 1 worker"] = lambda: gateways.litellm(bench.world, upstream, UPSTREAM_MODEL)
    servers = bench.started(starters)
    for name, server in bench.turns(servers, bench.pace.pick(bench.pace.rounds, 1)):
        _measure(bench, name, server)


def _measure(bench: Bench, name: str, server: Server) -> None:
    if name == FLASK:
        asks = questions(server, "/chat", tokens=TOKENS)
    else:
        model = MODEL if name.startswith("Tandem") else UPSTREAM_MODEL
        asks = questions(server, "/v1/chat/completions", model=model, stream=True, tokens=TOKENS)
    costs = bench.costs(server)
    result, firsts = run_loop(_streams(server.port, list(asks[:CALLERS])))
    row = bench.outcome.row(name, CONDITION)
    row.add(
        first_ms=1e3 * quantile(firsts, 0.5), p95_ms=result.ms(0.95), tokens_rate=TOKENS * len(result.latencies) / result.seconds,
        cpu_us=costs.per(TOKENS * len(result.latencies))["cpu_us"], errors=len(result.errors),
    )  # fmt: skip
    noted(bench.outcome, row, result)


async def _streams(port: int, asks: list[Ask]) -> tuple[Result, list[float]]:
    """Begin all at once and read each to its end."""
    result, firsts = Result(), list[float]()
    began = perf_counter()

    async def one(ask: Ask) -> None:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(FirstWord, "127.0.0.1", port)
        answered: asyncio.Future[bytes | None] = loop.create_future()
        sent = perf_counter()
        wire.ask(ask.data, answered.set_result)
        answer = await answered
        if problem := ask.fault(answer):
            result.errors.append(problem)
        else:
            result.latencies.append(perf_counter() - sent)
            firsts.append(wire.first - sent)
        wire.close()

    done = await asyncio.wait_for(asyncio.gather(*map(one, asks), return_exceptions=True), 60)
    result.errors += [repr(failed) for failed in done if failed is not None]
    result.seconds = perf_counter() - began
    return result, firsts


def _figures(outcome: Outcome) -> None:
    ours = outcome.row("Tandem, 1 worker", CONDITION).values
    for rival, figure in (
        ("LiteLLM, 1 worker", "litellm"),
        ("bare relay, 1 process", "relay"),
        (FLASK, "flask"),
    ):
        if theirs := outcome.row(rival, CONDITION).values:
            outcome.figures[f"first_of_{figure}"] = ratio(ours["first_ms"], theirs["first_ms"])
            outcome.figures[f"cpu_of_{figure}"] = ratio(ours["cpu_us"], theirs["cpu_us"])
    outcome.rows = [row for row in outcome.rows if row.values]


SCENARIO = Scenario(
    "chat-stream",
    "Streamed answers; CPU is per token",
    run,
    limit=240,
    group="chat",
    figures=_figures,
    needs=("twins", "litellm"),
)
