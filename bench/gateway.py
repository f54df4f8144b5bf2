"""What a gateway costs: Tandem beside LiteLLM's proxy and a bare relay, on the same upstream, in alternating rounds.

    python bench/gateway.py --litellm-python /somewhere/venv/bin/python [--rounds 5] [--json OUT]

Each server runs with one worker on one core, the upstream and the load generator on the other. In each round every
server is measured once in every scenario, in an order that moves on by one, so that a busy moment of the machine
hits all of them; medians over the rounds are shown with the spread. Figures are of one machine: compare columns.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

import subjects

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed, paced
from tandem.bench.load.result import Result

MODEL = "openai/gpt-4o-mini"
PACKAGES = ("aiohttp", "fastapi", "granian", "orjson", "starlette", "uvloop")
SHORT, LONG = 20, 500
BEARER = {"Authorization": "Bearer sk-bench"}
PROMPT = "What moved the market today, and why did it? Answer in a few sentences."


@dataclass(frozen=True, slots=True)
class Way:
    """One server by one of its routes."""

    name: str
    server: str
    path: str


WAYS = (
    Way("bare relay", "passthrough", "/v1/chat/completions"),
    Way("Tandem /v1/chat/completions", "tandem", "/v1/chat/completions"),
    Way("Tandem /chat", "tandem", "/chat"),
    Way("LiteLLM /v1/chat/completions", "litellm", "/v1/chat/completions"),
)


@dataclass(slots=True)
class Sample:
    """One measurement."""

    value: float
    cpu_us: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    errors: int = 0
    kinds: list[str] = field(default_factory=list)


def ask(path: str, wishes: str, tokens: int, *, stream: bool = False) -> Ask:
    """Return a request for ``tokens``; the upstream answers as the ``wishes`` in the model's name say."""
    model = f"{MODEL}#{wishes}" if wishes else MODEL
    if path == "/chat":
        body = {"message": PROMPT, "model": model, "max_tokens": tokens}
        return Ask.post(path, body, BEARER, b'"completion_tokens":%d' % tokens)
    body = {"model": model, "messages": [{"role": "user", "content": PROMPT}], "max_tokens": tokens}
    if not stream:
        return Ask.post(path, body, BEARER, b'"completion_tokens":%d' % tokens)
    return Ask.post(path, body | {"stream": True}, BEARER, b'"content":"', times=tokens)


def capacity(subject: subjects.Subject, way: Way, tokens: int, seconds: float) -> Sample:
    """Whole answers a second with 64 callers, and CPU of all processes for one of them."""
    request = ask(way.path, "", tokens)
    before = subject.spent()
    result = closed(subject.port, request, 64, seconds)
    return _sample(result, subject, before, result.rate)


def latency(subject: subjects.Subject, way: Way, rate: float, seconds: float) -> Sample:
    """Latency at an offered ``rate`` of an upstream that takes 0.1 s."""
    before = subject.spent()
    result = paced(subject.port, ask(way.path, "latency=0.1", SHORT), rate, seconds)
    return _sample(result, subject, before, result.ms(0.5))


def streaming(subject: subjects.Subject, way: Way, seconds: float) -> Sample:
    """Tokens a second through 64 streams whose tokens come one by one, 200 a second each."""
    tokens = 100
    before = subject.spent()
    request = ask(way.path, "rate=200", tokens, stream=True)
    result = closed(subject.port, request, 64, seconds)
    sample = _sample(result, subject, before, result.rate * tokens)
    sample.cpu_us /= tokens
    return sample


def _sample(result: Result, subject: subjects.Subject, before: subjects.Spent, value: float) -> Sample:
    used = subject.spent().all - before.all
    return Sample(
        value, 1e6 * used / max(1, len(result.latencies)), result.ms(0.5), result.ms(0.95),
        len(result.errors), sorted(set(result.errors))[:3],
    )  # fmt: skip


SCENARIOS = {
    f"answers of {SHORT} tokens, 64 callers": ("requests/s", lambda s, w, t: capacity(s, w, SHORT, t)),
    f"answers of {LONG} tokens, 64 callers": ("requests/s", lambda s, w, t: capacity(s, w, LONG, t)),
    "15 requests/s offered, upstream 100 ms": ("ms, median", lambda s, w, t: latency(s, w, 15, t)),
    "300 requests/s offered, upstream 100 ms": ("ms, median", lambda s, w, t: latency(s, w, 300, t)),
    "64 streams of 200 tokens/s": ("tokens/s", streaming),
}
BEYOND = {("litellm", "300 requests/s offered, upstream 100 ms")}
"""More than it can do: its queue would only grow."""


@contextlib.contextmanager
def servers(litellm: str | None, port: int, core: int | None) -> Iterator[dict[str, subjects.Subject]]:
    """All servers, started once."""
    wishes = ("", "#latency=0.1", "#rate=200")
    with contextlib.ExitStack() as stack:
        running = {
            "passthrough": stack.enter_context(subjects.passthrough(port, core)),
            "tandem": stack.enter_context(
                subjects.tandem(port, core, models=[f"gpt-4o-mini{w}" for w in wishes])
            ),
        }
        if litellm is not None:
            names = {f"{MODEL}{w}": f"gpt-4o-mini{w}" for w in wishes}
            running["litellm"] = stack.enter_context(subjects.litellm(litellm, port, core, names))
        yield running


def measure(
    running: dict[str, subjects.Subject], rounds: int, seconds: float
) -> dict[str, dict[str, list[Sample]]]:
    """Return samples by scenario and way."""
    ways = [way for way in WAYS if way.server in running]
    found: dict[str, dict[str, list[Sample]]] = {name: {way.name: [] for way in ways} for name in SCENARIOS}
    for way in ways:
        capacity(running[way.server], way, SHORT, 3)
        capacity(running[way.server], way, LONG, 1)
    for number in range(rounds):
        turn = number % len(ways)
        for name, (_, scenario) in SCENARIOS.items():
            for way in ways[turn:] + ways[:turn]:
                # LiteLLM answers few requests in the same time, so it gets more of it; streams that are not over count not.
                longer = 1.0 if way.server != "litellm" else 8.0 if "streams" in name else 2.0
                if (way.server, name) in BEYOND or (way.path == "/chat" and "streams" in name):
                    continue
                found[name][way.name].append(scenario(running[way.server], way, seconds * longer))
        print(f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    return found


def table(found: dict[str, dict[str, list[Sample]]]) -> Iterator[str]:
    """Yield the results as Markdown."""
    for name, by_way in found.items():
        unit = SCENARIOS[name][0]
        bare = statistics.median(one.value for one in by_way[WAYS[0].name])
        yield f"\n### {name}\n"
        yield f"| | {unit} | spread | of the bare relay | p50 ms | p95 ms | CPU us | errors |"
        yield "|---|---|---|---|---|---|---|---|"
        for way, samples in by_way.items():
            if not samples:
                yield f"| {way} | not measured | | | | | | |"
                continue
            middle = {
                key: statistics.median(asdict(one)[key] for one in samples)
                for key in ("cpu_us", "p50_ms", "p95_ms")
            }
            values = sorted(one.value for one in samples)
            value = statistics.median(values)
            share = f"{value - bare:+.1f} ms" if unit.startswith("ms") else f"{value / bare:.3f}"
            yield (
                f"| {way} | {value:,.1f} | {values[0]:,.1f}-{values[-1]:,.1f} | {share} | {middle['p50_ms']:.1f} | "
                f"{middle['p95_ms']:.1f} | {middle['cpu_us']:,.0f} | {sum(one.errors for one in samples)} |"
            )


def facts(litellm: str | None) -> dict[str, str]:
    """Say what was measured on what."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=subjects.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = {
        "cores": str(os.cpu_count()), "kernel": platform.release(), "python": platform.python_version(),
        "commit": commit.stdout.strip(), "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }  # fmt: skip
    if litellm is not None:
        code = "from importlib.metadata import version; print(version('litellm'))"
        told["litellm"] = subprocess.run(
            [litellm, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
    return told


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--litellm-python", help="Python of an environment with litellm[proxy]; left out without it"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of one measurement; twice as long for LiteLLM"
    )
    parser.add_argument("--json", help="file for all samples")
    args = parser.parse_args()
    core, other = (0, 1) if (os.cpu_count() or 1) > 1 else (None, None)
    if other is not None:
        os.sched_setaffinity(0, {other})
    told = facts(args.litellm_python)
    with (
        subjects.upstream(other, LONG) as upstream,
        servers(args.litellm_python, upstream.port, core) as running,
    ):
        idle = {name: subject.memory() for name, subject in running.items()}
        began = time.monotonic()
        found = measure(running, args.rounds, args.seconds)
        busy = {name: subject.memory() for name, subject in running.items()}
    print("\n".join(f"* {name}: {value}" for name, value in told.items()))
    print("\n".join(table(found)))
    print(
        "\n### Memory, MB (unique set of all processes but the database)\n\n| | at start | after the load |\n|---|---|---|"
    )
    print("\n".join(f"| {name} | {idle[name]:.0f} | {busy[name]:.0f} |" for name in running))
    print(f"\n{args.rounds} rounds in {time.monotonic() - began:.0f} s.")
    if args.json:
        samples = {
            name: {way: [asdict(one) for one in many] for way, many in ways.items()}
            for name, ways in found.items()
        }
        with open(args.json, "w") as file:  # noqa: PTH123
            json.dump(
                {"facts": told, "samples": samples, "memory": {"idle": idle, "busy": busy}}, file, indent=1
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
