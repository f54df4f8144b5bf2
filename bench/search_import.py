"""What an import of many notes does to everybody else's reads, and whether all of them can be found in the end.

    .venv/bin/python bench/search_import.py [--notes 10000] [--rate 40] [--limit-minutes 30]

Starts Pomodoro ML and a worker of background jobs on a PostgreSQL of their own, imports different notes by HTTP, reads with
a fixed rate meanwhile (every other one uncached), kills the worker with SIGKILL halfway and starts another. Prints the latencies of reads before,
during the embedding and after, and how many texts were embedded.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import numpy as np

from tandem.core.database.opening import opened
from tandem.core.settings import Settings

WORDS = [
    "databáze",
    "index",
    "report",
    "faktura",
    "zákazník",
    "test",
    "návrh",
    "schůzka",
    "kurz",
    "němčina",
    "server",
    "záloha",
    "export",
    "formulář",
    "graf",
    "limit",
    "deploy",
    "refactor",
    "review",
    "estimate",
    "budget",
    "parser",
    "cache",
    "timer",
    "backlog",
    "sprint",
    "design",
    "chart",
    "query",
    "release",
    "invoice",
]
PORT = 5902
EXTRA: dict[str, str] = {}
BASE = f"http://127.0.0.1:{PORT}"


def note(number: int, rng: random.Random) -> str:
    first, second = " ".join(rng.choices(WORDS, k=8)), " ".join(rng.choices(WORDS, k=7))
    return f"Note {number} about {first}. Then {second}."


def start(home: str, *words: str) -> subprocess.Popen[bytes]:
    environment = (
        os.environ | {"TANDEM_HOME": home, "TANDEM_AI_PROVIDER": "rules", "TANDEM_JOBS_LEASE": "5"} | EXTRA
    )
    log = (Path(home) / f"{words[0]}.log").open("ab")
    return subprocess.Popen([sys.executable, "-m", "tandem", *words], env=environment, stdout=log, stderr=log)


async def read(session: aiohttp.ClientSession, number: int, took: list[float]) -> None:
    path = "/api/analysis" if number % 2 else f"/api/recommendation?category=c{number}"
    began = time.perf_counter()
    async with session.get(BASE + path, headers={"X-User-ID": "reader"}) as answer:
        await answer.read()
        assert answer.status == 200, answer.status
    took.append(time.perf_counter() - began)


async def reads(session: aiohttp.ClientSession, rate: float, until: asyncio.Event) -> list[float]:
    took: list[float] = []
    tasks: set[asyncio.Task[None]] = set()
    number, due = 0, time.perf_counter()
    while not until.is_set():
        task = asyncio.create_task(read(session, number, took))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        number, due = number + 1, due + 1 / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await asyncio.gather(*tasks)
    return took


def say(name: str, took: list[float]) -> None:
    p50, p95, p99, worst = np.percentile(np.array(took) * 1000, [50, 95, 99, 100])
    print(
        f"{name}: {len(took)} reads, p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, worst {worst:.0f} ms",
        flush=True,
    )


async def ready(session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.get(BASE + "/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


async def for_seconds(session: aiohttp.ClientSession, rate: float, seconds: float) -> list[float]:
    until = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, until.set)
    return await reads(session, rate, until)


async def main(notes: int, rate: float, minutes: float) -> None:  # noqa: PLR0915 - one story
    rng = random.Random(1)
    texts = [note(number, rng) for number in range(notes)]
    rows = ["date,time,duration,category,notes"]
    rows += [
        f"2026-{1 + n % 9:02d}-{1 + n % 28:02d},{8 + n % 10:02d}:{n % 60:02d},25,Learning,{text}"
        for n, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as home:
        serve = start(home, "serve", "pomodoro", "--port", str(PORT))
        worker = start(home, "jobs", "run")
        try:
            async with (
                aiohttp.ClientSession() as session,
                opened(Settings(home=Path(home)), application_name="bench") as database,
            ):
                await ready(session)
                for n in range(40):
                    body = {"category": f"c{n % 4}", "productivity_rating": 60 + n % 30}
                    async with session.post(
                        BASE + "/api/sessions", json=body, headers={"X-User-ID": "reader"}
                    ) as answer:
                        assert answer.status == 201
                await for_seconds(session, rate, 3)
                say("before", await for_seconds(session, rate, 10))
                done = asyncio.Event()
                reading = asyncio.create_task(reads(session, rate, done))
                form = aiohttp.FormData()
                form.add_field("file", "\n".join(rows), filename="notes.csv")
                began = time.perf_counter()
                async with session.post(
                    BASE + "/api/sessions/import", data=form, headers={"X-User-ID": "importer"}
                ) as answer:
                    report = await answer.json()
                    assert answer.status == 200, report
                print(
                    f"imported in {time.perf_counter() - began:.1f} s: {json.dumps({k: report[k] for k in list(report)[:6]})}",
                    flush=True,
                )
                began, killed, embedded = time.perf_counter(), False, 0
                while embedded < notes and time.perf_counter() - began < minutes * 60:
                    await asyncio.sleep(1)
                    embedded = await database.fetchval(
                        "SELECT count(DISTINCT digest) FROM tandem_vectors WHERE user_id = 'importer'"
                    )
                    if embedded >= notes / 2 and not killed:
                        killed = True
                        os.kill(worker.pid, signal.SIGKILL)
                        worker.wait()
                        print(f"worker killed at {embedded} texts", flush=True)
                        worker = start(home, "jobs", "run")
                took = time.perf_counter() - began
                done.set()
                say("during", await reading)
                print(
                    f"embedded {embedded} of {notes} texts in {took:.0f} s: {embedded / took:.1f} texts/s",
                    flush=True,
                )
                jobs = await database.fetch(
                    "SELECT state, count(*) AS jobs, sum((result->>'embedded')::int) AS texts FROM tandem_jobs WHERE kind = 'pomodoro.embed' GROUP BY state"
                )
                print("jobs:", [dict(row) for row in jobs], flush=True)
                say("after", await for_seconds(session, rate, 10))
                asked = []
                for number in rng.sample(range(notes), 20):
                    began = time.perf_counter()
                    parameters = {"query": texts[number], "limit": "1"}
                    async with session.get(
                        BASE + "/api/semantic-search", params=parameters, headers={"X-User-ID": "importer"}
                    ) as answer:
                        found = await answer.json()
                    asked.append(time.perf_counter() - began)
                    assert found["results"], found
                    assert EXTRA or found["results"][0]["notes"] == texts[number], (texts[number], found)
                say(f"searches in {notes} notes", asked)
        finally:
            for process in (worker, serve):
                process.terminate()
                process.wait(30)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--limit-minutes", type=float, default=30)
    parser.add_argument(
        "--loopback", action="store_true", help="vectors from a server on loopback: all but the model"
    )
    given = parser.parse_args()
    if given.loopback:
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        from integration.pomodoro.search.embedding_server import EmbeddingServer

        with EmbeddingServer(delay=0.02) as server:
            EXTRA["TANDEM_EMBEDDINGS_URL"] = server.url
            asyncio.run(main(given.notes, given.rate, given.limit_minutes))
            passages = [text for text in server.counts if text.startswith("Note") and ". Then" in text]
            twice = sum(server.counts[text] > 1 for text in passages)
            print(
                f"different whole notes embedded: {len(passages)}, of them more than once: {twice} (the batch of the killed worker, searches)"
            )
    else:
        asyncio.run(main(given.notes, given.rate, given.limit_minutes))
