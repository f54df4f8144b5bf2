"""No route of either service blocks the event loop: every GET that needs no argument, and the writes that matter.

The watch is on in all tests (``tests/blocking.py``); these ask what others may leave out.
"""

import asyncio
import io
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

import blocking
from contract.service import Service as Pomodoro
from integration.pomodoro.conftest import start as start_pomodoro  # noqa: F401 - a fixture
from integration.tokimeki.conftest import (  # noqa: F401 - fixtures
    _one,
    chat_database,
    one,
    provider,
    upstream,
)
from integration.tokimeki.serving import FAST
from integration.tokimeki.serving import Service as Tokimeki

CALLS = {
    "open": "open(place, 'ab').close()", "write": "file.write(b'x')",
    "socket.getaddrinfo": "socket.getaddrinfo('localhost', 80)", "time.sleep": "time.sleep(0)",
}  # fmt: skip

STREAMS = "/api/v1/monitoring/events"


def plain_reads(client: httpx2.Client) -> list[str]:
    """The paths that a GET without any argument may go to."""
    paths = client.get("/openapi.json").json()["paths"]
    return [
        path for path, methods in paths.items() if "get" in methods and "{" not in path and path != STREAMS
    ]


@pytest.mark.parametrize("call", ["open", "write", "socket.getaddrinfo", "time.sleep"])
async def test_the_watch_sees_what_blocks(tmp_path: Path, call: str) -> None:
    """Else no test would prove anything."""
    with (tmp_path / "file").open("ab", buffering=0) as file:
        names = {"place": file.name, "file": io.BufferedWriter(file), "socket": socket, "time": time}
        code = compile(CALLS[call], f"{blocking.OURS}/code.py", "exec")
        await asyncio.to_thread(exec, code, names)
        with pytest.raises(blocking.BlockedError):
            exec(code, names)
    told, blocking.BlockedError.calls[:] = list(blocking.BlockedError.calls), []
    assert len(told) == 1
    assert call in told[0]


def ask_pomodoro(client: httpx2.Client, reads: list[str], day: int) -> None:
    log = "started_at,duration_minutes,category\n" + f"2026-02-{day:02d}T09:00:00,50,Learning\n"
    body = {"preset": "deep_work", "category": "Learning"}
    assert client.post("/api/sessions", json=body).status_code == 201
    posted = client.post(
        "/api/sessions/import", files={"file": ("log.csv", log.encode())}, data={"rating_scale": "0-100"}
    )
    assert posted.status_code == 200, posted.text
    for path in reads:
        assert client.get(path).status_code < 500, path
    for path in ("/api/ai/morning-briefing", "/api/ai/plan", "/api/train"):
        assert client.post(path, json={}).status_code < 500, path


def ask_tokimeki(client: httpx2.Client, reads: list[str]) -> None:
    for path in (*reads, "/stocks/history?symbols=AAPL,IBM&days=30"):
        assert client.get(path).status_code < 500, path
    assert client.post("/analyze", json={"symbol": "AAPL"}).status_code == 200
    assert client.post("/chat", json={"message": "Hello", "model": FAST}).status_code == 200
    asked = client.post("/analyze_speech_request", json={"text": "Apple price last 5 days"})
    assert asked.status_code == 200
    with client.stream("POST", "/api/v1/chat/stream", json={"message": "Hello", "model": FAST}) as answer:
        assert "event:" in "".join(answer.iter_text())


def test_pomodoro_does_not_block(start_pomodoro: Callable[..., Pomodoro]) -> None:  # noqa: F811
    client = start_pomodoro().client
    reads = plain_reads(client)
    assert len(reads) > 30
    ask_pomodoro(client, reads, 1)


def test_tokimeki_does_not_block(one: Tokimeki) -> None:  # noqa: F811
    with httpx2.Client(base_url=one.url, timeout=30) as client:
        reads = plain_reads(client)
        assert len(reads) > 20
        ask_tokimeki(client, reads)
