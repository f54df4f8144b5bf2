"""Is it flat? 200,000 requests against a real server, and what memory, tasks, connections and threads are before and after.

    make soak      or      .venv/bin/python bench/soak.py [--requests 200000] [--warm 40000] [--workers 1] [--service pomodoro]

Kept answers, answers that are made anew, writes, errors and refused paths in a fixed mixture. Exits 1 when memory grew by 2 % or
more after the warm-up, or when tasks, connections or threads grew at all beyond what a pool may open.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from tandem.bench.load.wire import Wire

BIN = Path(sys.executable).parent
CLIENTS = 16
GROWTH = 0.02

READS = {
    "pomodoro": ["/api/analysis", "/api/recommendation", "/api/prediction/today", "/api/prediction/week", "/api/trends",
                 "/api/preset-stats", "/api/burnout-risk", "/api/detect-anomalies", "/nothing", "/api/prediction/today?date=x"],
    "tokimeki": ["/models", "/stock_symbols", "/api/model-comparison", "/v1/models", "/health", "/nothing"],
}  # fmt: skip


def request(path: str, user: str, body: dict[str, object] | None = None, fresh: bool = False) -> bytes:
    payload = b"" if body is None else json.dumps(body).encode()
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: x\r\nX-User-ID: {user}\r\n"
    head += "Cache-Control: no-store\r\n" if fresh else ""
    head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n" if body else ""
    return head.encode() + b"\r\n" + payload


def mixture(service: str) -> list[bytes]:
    """A hundred requests: mostly kept, every tenth made anew, one write."""
    paths = READS[service]
    asked = [request(paths[n % len(paths)], f"user{n % 40}", fresh=n % 10 == 0) for n in range(99)]
    if service == "pomodoro":
        asked.append(
            request(
                "/api/sessions",
                "user1",
                {"preset": "deep_work", "category": "Learning", "productivity_rating": 70},
            )
        )
    return asked


async def drive(port: int, asked: list[bytes], requests: int) -> int:
    """Ask so many; returns how many connections broke."""
    loop, left, broken = asyncio.get_running_loop(), iter(range(requests)), 0

    async def client() -> None:
        nonlocal broken
        _, wire = await loop.create_connection(Wire, "127.0.0.1", port)
        for number in left:
            answered = loop.create_future()
            wire.ask(asked[number % len(asked)], answered.set_result)
            if await answered is None:
                broken += 1
                _, wire = await loop.create_connection(Wire, "127.0.0.1", port)
        wire.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return broken


def figures(port: int, parent: psutil.Process) -> dict[str, float]:
    """What the serving processes hold; PostgreSQL's are not counted."""
    time.sleep(7)  # sampled values of siblings are up to 5 s old; garbage is collected meanwhile
    family = [
        one
        for one in [parent, *parent.children(recursive=True)]
        if "python" in one.name() or "tandem" in one.name()
    ]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        told = answer.read().decode()

    def metric(name: str) -> float:
        return sum(float(line.split()[-1]) for line in told.splitlines() if line.startswith(f"{name} "))

    return {
        "memory_mib": sum(one.memory_info().rss for one in family) / 2**20,
        "threads": sum(one.num_threads() for one in family),
        "connections": metric("tandem_database_connections"),
        "tasks": metric("tandem_tasks"),
        "files": metric("process_open_fds"),
    }


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=200_000)
    options.add_argument("--warm", type=int, default=40_000)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--service", choices=sorted(READS), default="pomodoro")
    told = options.parse_args()
    # Stopped from outside, it leaves no server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    home = Path(tempfile.mkdtemp(prefix="tandem-soak-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [BIN / "tandem", "serve", told.service, "--port", str(port), "--workers", str(told.workers)], cwd=home,
            env=os.environ | {"TANDEM_HOME": str(home / "state"), "TANDEM_AUTH": "off"}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait(port, process)
        parent, asked = psutil.Process(process.pid), mixture(told.service)
        print(f"{told.service}: {told.warm:,} requests to warm up ...", flush=True)
        asyncio.run(drive(port, asked, told.warm))
        before = figures(port, parent)
        print(f"{told.service}: {told.requests:,} requests ...", flush=True)
        began = time.monotonic()
        broken = asyncio.run(drive(port, asked, told.requests))
        seconds = time.monotonic() - began
        after = figures(port, parent)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
    print(
        f"{told.service}, {told.workers} worker(s): {told.requests} requests in {seconds:.0f} s, {broken} connections broken"
    )
    grown = []
    for name, value in before.items():
        print(
            f"  {name:<12} {value:10.1f} -> {after[name]:10.1f}  ({(after[name] - value) / max(value, 1):+.1%})"
        )
        # A pool may open what it is allowed; a file and a task belong to each of its connections.
        room = value * GROWTH if name == "memory_mib" else 4
        grown += [name] if after[name] - value > room else []
    print(f"grown: {', '.join(grown)}" if grown else "flat")
    return 1 if grown or broken else 0


def wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
