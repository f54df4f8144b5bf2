"""What `/health` feels while recordings are transcribed as fast as they can be.

    .venv/bin/python bench/speech_load.py RECORDING [--clients 4] [--seconds 20] [--rounds 2] [--threads N]

Starts `tandem serve tokimeki` on a free port with a home of its own and asks `/health` 20 times a second: with nothing else to
do, with so many clients that send RECORDING again and again, with as many more that have 32 texts judged at a time, and with one
that uploads 25 MiB again and again; in alternating rounds. Prints quantiles of `/health`, and the event loop's lag as the
service itself measures it.
"""

import argparse
import asyncio
import io
import itertools
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

EVERY = 0.05
HUGE = 25 * 2**20
TRANSCRIBE = "speech/transcribe"
SENTIMENT = "sentiment"


def quantile(values: list[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def buckets(session: aiohttp.ClientSession, url: str) -> dict[float, float]:
    """The service's histogram of loop lag."""
    async with session.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'tandem_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)', text)
    return {float(bound): float(count) for bound, count in found}


def lag(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The bound below which ``share`` of the lags between two looks lie."""
    total = after[float("inf")] - before[float("inf")]
    return next(bound for bound in sorted(after) if after[bound] - before[bound] >= share * total)


async def health(session: aiohttp.ClientSession, url: str, seconds: float) -> tuple[list[float], list[float]]:
    """Ask at fixed times; returns latencies from the time at which a request was due, and how late it was sent.

    The latter is this process's own: on a machine that is busy with other things it is as large as what is measured.
    """
    taken: list[float] = []
    late: list[float] = []

    async def ask(due: float) -> None:
        late.append(time.perf_counter() - due)
        async with session.get(f"{url}/health") as answer:
            await answer.read()
            assert answer.status == 200
        taken.append(time.perf_counter() - due)

    tasks = []
    begin = time.perf_counter()
    for number in range(int(seconds / EVERY)):
        due = begin + number * EVERY
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(due)))
    await asyncio.gather(*tasks)
    return taken, late


async def sending(url: str, what: str, data: bytes) -> None:
    """Send one recording, or 32 new texts, after the other, and print the status of each answer.

    At low priority: real clients sit at other machines.
    """
    os.nice(10)
    async with aiohttp.ClientSession() as session:
        for number in itertools.count():
            async with session.post(f"{url}/api/v1/{what}", **_body(what, data, number)) as answer:
                await answer.read()
                print(what.partition("/")[0], answer.status, flush=True)


def _body(what: str, data: bytes, number: int) -> dict[str, Any]:
    if what == SENTIMENT:
        return {
            "json": {
                "texts": [f"This is the {number}. time that I say {at} is a fine number" for at in range(32)]
            }
        }
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="a.wav", content_type="audio/wav")
    return {"data": form}


def senders(url: str, loads: list[tuple[str, Path]]) -> list["subprocess.Popen[str]"]:
    """Start a process for each sender, so that its work is not felt by who asks for `/health`."""
    command = [sys.executable, __file__, "--send-to", url]
    return [
        subprocess.Popen([*command, str(path), "--what", what], stdout=subprocess.PIPE, text=True)
        for what, path in loads
    ]


async def measure(url: str, options: argparse.Namespace) -> None:
    """Look at rest, then under load."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        form = aiohttp.FormData()
        form.add_field("file", options.recording.read_bytes(), filename="a.wav")
        async with session.post(f"{url}/api/v1/speech/transcribe", data=form) as answer:
            assert answer.status == 200, await answer.text()
        huge = options.home / "huge"
        huge.write_bytes(bytes(HUGE))
        speech = [(TRANSCRIBE, options.recording)] * options.clients
        both = [*speech, *[(SENTIMENT, options.recording)] * options.clients]
        loads = [
            ("at rest", []),
            ("transcribing", speech),
            ("and judging texts", both),
            ("25 MiB uploads", [(TRANSCRIBE, huge)]),
        ]
        for name, load in loads * options.rounds:
            running = senders(url, load)
            await asyncio.sleep(3)
            before = await buckets(session, url)
            taken, late = await health(session, url, options.seconds)
            after = await buckets(session, url)
            for process in running:
                process.terminate()
            counts = Counter("".join(process.communicate()[0] for process in running).splitlines())
            print(
                f"{name:20} /health p50 {1000 * quantile(taken, 0.5):6.1f} ms, p99 {1000 * quantile(taken, 0.99):6.1f} ms,"
                f" sent late p99 {1000 * quantile(late, 0.99):5.1f} ms; loop lag p95 <= {1000 * lag(before, after, 0.95):g} ms,"
                f" p99 <= {1000 * lag(before, after, 0.99):g} ms; answers {dict(counts)}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


def main() -> None:
    """Serve and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recording", type=Path)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--send-to", help=argparse.SUPPRESS)
    parser.add_argument("--what", default=TRANSCRIBE, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send_to:
        asyncio.run(sending(options.send_to, options.what, options.recording.read_bytes()))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        options.home = Path(home)
        environment = os.environ | {"TANDEM_HOME": home, "TANDEM_LOG_LEVEL": "ERROR", "TANDEM_LIMITS": "off"}
        if options.threads:
            environment["TANDEM_SPEECH_THREADS"] = str(options.threads)
        command = [sys.executable, "-m", "tandem", "serve", "tokimeki", "--port", str(port)]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server)
            asyncio.run(measure(url, options))
        finally:
            server.terminate()
            server.wait(30)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the service is ready."""
    port = int(url.rpartition(":")[2])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the service did not start")


if __name__ == "__main__":
    main()
