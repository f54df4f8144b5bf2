"""What answering within a request's first step is worth: kept answers of two servers side by side (docs/adr/0018).

    .venv/bin/python bench/first_step.py [--rounds 21] [--seconds 1] [--connections 32]

Both are `tandem serve pomodoro` with one worker and an embedded database of its own, told to make no asyncio task for a kept answer,
and to make one for every request as Granian does by itself. `wrk` asks one, then the other; shown are the medians of the rates' and
of the CPU times' ratios over all rounds, and the quartiles. Needs wrk.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tandem.bench.load import throughput
from tandem.bench.measure.server import Server, free_port

PATH = "/api/recommendation"
AS_GRANIAN_DOES = """\
# Read by each Python process of the second server before anything else.
from tandem.core.serving import first_step

first_step.answer_at_once = lambda loop: None
"""


def started(name: str, home: Path, more: dict[str, str]) -> Server:
    """A server that has answered the path once, and keeps the answer."""
    port = free_port()
    command = [sys.executable, "-m", "tandem", "serve", "pomodoro", "--port", str(port), "--workers", "1"]
    settings = {
        "TANDEM_HOME": str(home / "state"),
        "TANDEM_AUTH": "off",
        "TANDEM_LIMIT_REQUESTS": "1000000000",
    }
    server = Server(name, command, port=port, home=home, probe="/readyz", settings=settings | more).wait()
    server.get(PATH)
    assert server.get(PATH)[2]["x-cache"] == "hit", "the answer is not kept"
    return server


def one_round(server: Server, seconds: int, connections: int) -> tuple[float, float]:
    """Answers a second, and microseconds of CPU for each."""
    before = server.cpu()
    found = throughput.measure(server.port, PATH, {}, connections, seconds)
    assert not found.errors, found
    return found.rate, 1e6 * (server.cpu() - before) / found.answers


def told(name: str, ratios: list[float]) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{name}: {middle:.3f} (quartiles {low:.3f} to {high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=21, help="at least 2")
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    rates: list[float] = []
    costs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tandem-first-step-") as place:
        hook = Path(place) / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(AS_GRANIAN_DOES, encoding="utf-8")
        servers = []
        try:
            servers.append(started("at once", Path(place) / "at-once", {}))
            servers.append(started("a task each", Path(place) / "task", {"PYTHONPATH": str(hook)}))
            for count in range(options.rounds):
                # The second of a pair may find the machine in another mood: they take turns at being it.
                order = servers if count % 2 else servers[::-1]
                found = {one.name: one_round(one, options.seconds, options.connections) for one in order}
                ours, tasks = found["at once"], found["a task each"]
                rates.append(ours[0] / tasks[0])
                costs.append(ours[1] / tasks[1])
                print(
                    f"{ours[0]:9,.0f}/s {ours[1]:6.1f} us | a task each: {tasks[0]:9,.0f}/s {tasks[1]:6.1f} us",
                    flush=True,
                )
        finally:
            for server in servers:
                server.stop()
            for server in servers:
                server.end()
    print(told("rate, at once / a task each", rates))
    print(told("CPU of an answer, at once / a task each", costs))


if __name__ == "__main__":
    main()
