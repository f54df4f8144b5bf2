"""What `/health` feels while sentiment and transcription run as fast as they can.

    .venv/bin/python bench/models_load.py RECORDING [--seconds 15] [--rounds 2] [--workers 1]

Starts `tandem serve tokimeki` on a free port with a home of its own. In alternating rounds `/health` is asked 20 times a second with
nothing else to do, then while 4 callers send 32 distinct texts a time and 2 callers send RECORDING, again and again. Told are
quantiles of `/health` and of the event loop's lag as the service itself measures it.
"""

import argparse
import asyncio
import itertools
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp
from sentiment import free_port, running, texts_of

EVERY = 0.05


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def buckets(session: aiohttp.ClientSession, url: str) -> dict[float, float]:
    async with session.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'tandem_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)', text)
    return {float(bound): float(count) for bound, count in found}


def lag(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The bound below which ``share`` of the lags between two looks lie."""
    total = after[float("inf")] - before[float("inf")]
    return next(bound for bound in sorted(after) if after[bound] - before[bound] >= share * total)


async def health(url: str, seconds: float) -> list[float]:
    """Ask at fixed times, late or not; latencies count from the time at which it was due."""
    taken: list[float] = []

    async def ask(session: aiohttp.ClientSession, due: float) -> None:
        async with session.get(f"{url}/health") as answer:
            await answer.read()
            assert answer.status == 200
        taken.append(time.perf_counter() - due)

    async with aiohttp.ClientSession() as session:
        begin, tasks = time.perf_counter(), []
        for at in range(int(seconds / EVERY)):
            due = begin + at * EVERY
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(ask(session, due)))
        await asyncio.gather(*tasks)
    return taken


async def busy(url: str, recording: bytes, done: Counter, stop: asyncio.Event) -> None:
    """Keep both models at work until ``stop``."""
    numbers = itertools.count(1)

    async def sentiment(session: aiohttp.ClientSession) -> None:
        while not stop.is_set():
            body = {"texts": texts_of(next(numbers), 32), "explain": False}
            async with session.post(f"{url}/api/v1/sentiment", json=body) as answer:
                await answer.read()
                done[f"sentiment {answer.status}"] += 1

    async def speech(session: aiohttp.ClientSession) -> None:
        while not stop.is_set():
            form = aiohttp.FormData()
            form.add_field("file", recording, filename="recording.wav")
            async with session.post(f"{url}/api/v1/speech/transcribe", data=form) as answer:
                await answer.read()
                done[f"speech {answer.status}"] += 1

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300)) as session:
        await asyncio.gather(*(sentiment(session) for _ in range(4)), *(speech(session) for _ in range(2)))


async def measured(url: str, options: argparse.Namespace) -> None:
    recording = options.recording.read_bytes()
    figures: dict[str, list[float]] = {"idle": [], "loaded": []}
    lags: dict[str, list[float]] = {"idle": [], "loaded": []}
    done: Counter = Counter()
    async with aiohttp.ClientSession() as session:
        for _ in range(options.rounds):
            for state in figures:
                stop = asyncio.Event()
                load = asyncio.create_task(busy(url, recording, done, stop)) if state == "loaded" else None
                await asyncio.sleep(5 if load else 1)  # the models are loaded
                before = await buckets(session, url)
                figures[state] += await health(url, options.seconds)
                lags[state].append(lag(before, await buckets(session, url), 0.99))
                stop.set()
                if load is not None:
                    await load
    for state, taken in figures.items():
        shares = ", ".join(
            f"p{share * 100:g} {1000 * quantile(taken, share):.1f} ms" for share in (0.5, 0.95, 0.99, 1)
        )
        print(
            f"{state:7} /health: {shares} of {len(taken)}; loop lag p99 at most {1000 * max(lags[state]):g} ms"
        )
    print(dict(done))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recording", type=Path)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        command = [
            sys.executable,
            "-m",
            "tandem",
            "serve",
            "tokimeki",
            "--port",
            str(port),
            "--workers",
            str(options.workers),
        ]
        extra = {
            "TANDEM_HOME": home,
            "TANDEM_LOCAL_ENABLED": "false",
            "TANDEM_LIMITS": "off",
            "TANDEM_LOG_LEVEL": "WARNING",
        }
        with running(command, port, "/livez", extra, threads=None) as (url, _):
            asyncio.run(measured(url, options))


if __name__ == "__main__":
    main()
