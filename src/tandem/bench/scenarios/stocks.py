"""`stocks`: ten price histories, not yet known and known."""

import itertools
from collections.abc import Iterator
from typing import Final

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed
from tandem.bench.measure.figures import ratio
from tandem.bench.measure.server import Server
from tandem.bench.scenario import Bench, Scenario, latencies, noted
from tandem.bench.scenarios.chats import people
from tandem.bench.subjects import flask_twins, ours, prices

SYMBOLS: Final = 10
CALLERS: Final = 4
FLASK: Final = "Flask gthread 2 x 4"
NEW: Final = f"{CALLERS} callers, {SYMBOLS} symbols never asked before, upstream 0.3 s"
KNOWN: Final = f"32 callers, the same {SYMBOLS} symbols again"


def run(bench: Bench) -> None:
    """Ask for new symbols, then for known ones, two workers each."""
    yahoo = prices.stand_in(bench.world, "Yahoo's stand-in", latency=0.3)
    data = people(bench)
    asks = {"TWIN_YAHOO_URL": f"http://127.0.0.1:{yahoo.port}"}
    servers = bench.started({
        "Tandem": lambda: ours.tokimeki(bench.world, data, workers=2, settings=prices.asking(yahoo), label="stocks"),
        FLASK: lambda: flask_twins.tokimeki(bench.world, data, workers=2, settings=asks, label="stocks"),
    })  # fmt: skip
    fresh = _fresh()
    for name, server in bench.turns(servers, bench.pace.pick(min(3, bench.pace.rounds), 1)):
        result = closed(
            server.port,
            [_ask(server, next(fresh)) for _ in range(400)],
            CALLERS,
            bench.pace.pick(7, 4),
            linger=4,
        )
        row = bench.outcome.row(name, NEW)
        row.add(rate=result.rate, finished=len(result.latencies), **latencies(result))
        noted(bench.outcome, row, result)
    known = next(fresh)
    for name, server in bench.turns(servers):
        server.get(_path(known), server.headers("default"))
        costs = bench.costs(server)
        result = closed(server.port, _ask(server, known), 32, bench.pace.seconds)
        row = bench.outcome.row(name, KNOWN)
        row.add(rate=result.rate, **latencies(result), **costs.per(result.answered))
        noted(bench.outcome, row, result)
    if FLASK in servers:
        mine, theirs = (bench.outcome.row(name, NEW).values["p50_ms"] for name in servers)
        bench.outcome.figures["times_flask"] = ratio(theirs, mine)
        mine, theirs = (bench.outcome.row(name, KNOWN).values["rate"] for name in servers)
        bench.outcome.figures["known_times_flask"] = ratio(mine, theirs)


def _fresh() -> Iterator[list[str]]:
    """Yield symbols that nobody has asked for."""
    for number in itertools.count():
        yield [
            f"Q{chr(65 + number % 26)}{chr(65 + number // 26 % 26)}{chr(65 + number // 676 % 26)}{chr(65 + place)}"
            for place in range(SYMBOLS)
        ]


def _path(symbols: list[str]) -> str:
    return f"/stocks/history?symbols={','.join(symbols)}&days=365"


def _ask(server: Server, symbols: list[str]) -> Ask:
    return Ask.get(_path(symbols), server.headers("default"), b'"closes"')


SCENARIO = Scenario(
    "stocks", "Price histories of ten symbols", run, limit=150, group="stocks", needs=("twins",)
)
