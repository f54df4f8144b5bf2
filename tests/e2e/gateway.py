"""Tokimeki and a model provider, each in a process of its own, and what they say about themselves."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from e2e.processes import TESTS, Server, fetch, free_port, until


class Upstream:
    """The test provider as a program."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tandem.bench.upstreams.llm", "--port", str(self.port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=TESTS)
        until(self._listens, 20, "the provider does not start")

    def _listens(self) -> bool:
        assert self.process.poll() is None
        try:
            return fetch(self.port, "/stats")[0] == 200
        except OSError:
            return False

    def stats(self) -> dict[str, Any]:
        """What it has seen."""
        found: dict[str, Any] = json.loads(fetch(self.port, "/stats")[1])
        return found

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def provider(*options: str) -> Iterator[Upstream]:
    """A provider that ends with the block."""
    upstream = Upstream(*options)
    try:
        yield upstream
    finally:
        upstream.end()


def tokimeki(
    home: Path, upstream: Upstream, models: str, database: str, workers: int = 1, **settings: str
) -> Server:
    """`tandem serve tokimeki` whose provider `openai` is ``upstream`` with ``models``, separated by commas."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tandem",
        "serve",
        "tokimeki",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    settings = {
        "DATABASE_URL": database, "TANDEM_OPENAI_URL": f"http://127.0.0.1:{upstream.port}/v1",
        "OPENAI_API_KEY": "sk-upstream", "TANDEM_OPENAI_MODELS": models, "TANDEM_LOCAL_ENABLED": "false",
        "TANDEM_AUTH": "off",
    } | settings  # fmt: skip
    return Server(command, home, port, **settings)


def client(server: Server | str, seconds: float = 60) -> aiohttp.ClientSession:
    """A client that opens as many connections as it is asked for; each its own, so that all workers are met."""
    return aiohttp.ClientSession(
        server if isinstance(server, str) else server.url,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=seconds),
    )


async def said(
    session: aiohttp.ClientSession, path: str, body: dict[str, Any], user: str = ""
) -> tuple[int, Any]:
    """POST and return status and JSON."""
    headers = {"X-User-ID": user} if user else {}
    async with session.post(path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


def metric(text: str, name: str) -> float:
    """The sum over all series of ``name`` in Prometheus' text."""
    lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    assert lines, f"no metric {name}"
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def sockets(process: psutil.Process) -> int:
    """How many TCP connections a process holds, those that listen aside."""
    return sum(1 for one in process.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED)


async def settled(look: Any, wanted: Any, seconds: float) -> None:
    """Wait until ``look()`` is ``wanted``."""
    deadline = asyncio.get_running_loop().time() + seconds
    while (seen := await asyncio.to_thread(look)) != wanted:
        assert asyncio.get_running_loop().time() < deadline, f"still {seen}, not {wanted}"
        await asyncio.sleep(0.1)
