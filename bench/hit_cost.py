"""What one kept answer costs in Python: CPU time of the whole app per hit, without a server around it.

    .venv/bin/python bench/hit_cost.py [--hits 20000] [--rounds 5] [--auth] [--profile]

Runs Pomodoro ML in this process on an embedded database and calls it as a server would. CPU time of this thread counts, so
other programs on the machine disturb little. A bare app that sends two messages is measured the same way.
"""

import argparse
import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
PATH = "/api/recommendation"
BROWSER = [(b"host", b"127.0.0.1:5002"), (b"user-agent", b"bench"), (b"accept", b"*/*")]


async def bare(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


class Server:
    """As little of a server as an app needs."""

    def __init__(self, app, headers):
        self.app = app
        self.headers = headers
        self.started = None

    async def receive(self):
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.started = message

    async def ask(self, more=()):
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "root_path": "",
            "headers": [*self.headers, *more], "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 5002),
            "state": {},
        }  # fmt: skip
        await self.app(scope, self.receive, self.send)

    async def cost(self, hits, more=()):
        began = time.thread_time()
        for _ in range(hits):
            await self.ask(more)
        return (time.thread_time() - began) / hits * 1e6


def key() -> str:
    told = subprocess.run([BIN / "tandem", "keys", "create", "bench", "--user", "default", "--scope", "read"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return next(
        word for word in (told.stdout + told.stderr).split() if word.startswith("tdm_") and len(word) > 40
    )


async def run(told, headers) -> None:
    from tandem.core.observability import logger  # noqa: PLC0415 - after the environment is set
    from tandem.core.settings import load  # noqa: PLC0415
    from tandem.pomodoro.app import create_app  # noqa: PLC0415

    quiet = os.open(os.devnull, os.O_WRONLY)
    logger.configure("pomodoro-ml", descriptor=quiet)
    app = create_app(load())
    async with app.router.lifespan_context(app):
        ours, plain = Server(app, headers), Server(bare, headers)
        await ours.ask()
        await ours.ask()
        seen = dict(ours.started["headers"])
        assert (ours.started["status"], seen[b"x-cache"]) == (200, b"hit"), ours.started
        rounds = [
            (await plain.cost(told.hits), await ours.cost(told.hits), await ours.cost(told.hits, [(b"if-none-match", seen[b"etag"])]))
            for _ in range(told.rounds)
        ]  # fmt: skip
        base, hit, same = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"bare {base:.2f} us, hit {hit:.2f} us, 304 {same:.2f} us; a hit costs {hit - base:.2f} us more than bare"
        )
        if told.profile:
            profile = cProfile.Profile()
            profile.enable()
            await ours.cost(told.hits)
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(32)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--hits", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--auth", action="store_true", help="with authentication on, and a key")
    options.add_argument("--profile", action="store_true")
    told = options.parse_args()
    os.environ["TANDEM_HOME"] = tempfile.mkdtemp(prefix="tandem-hit-cost-")
    os.environ["TANDEM_AUTH"] = "on" if told.auth else "off"
    os.environ["TANDEM_LIMIT_REQUESTS"] = "1000000000"
    headers = BROWSER
    if told.auth:
        headers = [*BROWSER, (b"authorization", f"Bearer {key()}".encode())]
    try:
        import uvloop  # noqa: PLC0415

        uvloop.run(run(told, headers))
    finally:
        print("(median of CPU time per call)")


if __name__ == "__main__":
    main()
