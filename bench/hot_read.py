"""How much of a bare ASGI app's throughput a cached read keeps: alternating rounds of wrk in one run.

    .venv/bin/python bench/hot_read.py [--rounds 5] [--seconds 4] [--server granian] [--workers 1]

Starts the service on a database of its own (2,000 sessions) and a bare app that sends the same number of bytes, both on
the same server with the same settings, with everything on: metrics, access log, correlation, security headers, ETag,
CORS. Needs wrk. Prints each round and the ratio of the medians.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = ROOT / ".venv" / "bin"
PATH = "/api/recommendation"

BARE = """
BODY = b"x" * {size}
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"{size}")]

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({{"type": message["type"] + ".complete"}})
            if message["type"] == "lifespan.shutdown":
                return
    await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port: int, path: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def wait(port: int, path: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            get(port, path)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def fill(port: int) -> None:
    """Import 2,000 sessions."""
    rows = ["started_at,duration_minutes,preset,category,rating"]
    rows += [
        f"2025-{1 + day % 12:02d}-{1 + day % 28:02d}T{8 + n:02d}:00:00,50,deep_work,Learning,{50 + day % 50}"
        for day in range(336) for n in range(6)
    ]  # fmt: skip
    boundary = "x" * 20
    parts = f'--{boundary}\r\nContent-Disposition: form-data; name="rating_scale"\r\n\r\n0-100\r\n'
    parts += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="s.csv"\r\n\r\n'
    body = (parts + "\n".join(rows) + f"\r\n--{boundary}--\r\n").encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/sessions/import", body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        print("imported:", json.loads(answer.read()).get("imported"))


def measure(port: int, path: str, seconds: int, connections: int) -> float:
    """Requests per second; every answer must be a success."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in told, told
    assert "Socket errors" not in told, told
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--server", default="granian", choices=["granian", "uvicorn"])
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--path", default=PATH)
    told = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="tandem-hot-read-"))
    ours, bare = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    environment |= {"TANDEM_HOME": str(home / "state"), "PYTHONPATH": str(home)}
    started = []
    with (home / "log").open("wb") as log:
        serve = [BIN / "tandem", "serve", "pomodoro", "--port", str(ours), "--server", told.server]
        started.append(
            subprocess.Popen(
                [*serve, "--workers", str(told.workers)], env=environment, cwd=home, stdout=log, stderr=log
            )
        )
        try:
            wait(ours, "/livez")
            fill(ours)
            body, _ = get(ours, told.path)
            (home / "bare_app.py").write_text(BARE.format(size=len(body)))
            if told.server == "granian":
                command = [
                    BIN / "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(bare),
                    "--workers", str(told.workers), "--no-ws", "--loop", "uvloop", "bare_app:app",
                ]  # fmt: skip
            else:
                command = [
                    BIN / "uvicorn",
                    "--port",
                    str(bare),
                    "--workers",
                    str(told.workers),
                    "--no-access-log",
                    "bare_app:app",
                ]
            started.append(subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log))
            wait(bare, "/")
            for port, path in ((ours, told.path), (bare, "/")):
                measure(port, path, 1, told.connections)
            assert get(ours, told.path)[1]["x-cache"] == "hit"
            rates: dict[str, list[float]] = {"cached": [], "bare": []}
            for number in range(told.rounds):
                for name, port, path in (("bare", bare, "/"), ("cached", ours, told.path)):
                    rates[name].append(measure(port, path, told.seconds, told.connections))
                print(
                    f"round {number + 1}: bare {rates['bare'][-1]:8.0f}/s  cached {rates['cached'][-1]:8.0f}/s",
                    flush=True,
                )
            median = {name: statistics.median(values) for name, values in rates.items()}
            print(
                f"median: bare {median['bare']:.0f}/s, cached {median['cached']:.0f}/s,"
                f" ratio {median['cached'] / median['bare']:.2f}; {len(body)} bytes, {told.server}, {told.workers} worker(s)"
            )
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(30)
    if "-v" in sys.argv:
        print((home / "log").read_text()[-2000:])


if __name__ == "__main__":
    main()
