"""The local language model, real: the command, its address, and how it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import orjson
import pytest

from tandem.core.serving import ports
from tandem.modelserver import parts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(bool(parts.missing()), reason=f"the local model is not installed: {parts.INSTALL}"),
]

START_SECONDS = 30.0
END_SECONDS = 5.0
SECRET = "zanzibar-pelican"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(port, *more):
    return [sys.executable, "-m", "tandem", "model-server", "--port", str(port), *more]


def started(port, log, *more, wait=True):
    with log.open("wb") as output:
        process = subprocess.Popen(command(port, *more), stdout=output, stderr=subprocess.STDOUT)
    if wait:
        asyncio.run(healthy(port, process))
    return process


async def healthy(port, process=None):
    deadline = time.monotonic() + START_SECONDS
    async with client() as session:
        while True:
            assert process is None or process.poll() is None, "the server ended while it started"
            assert time.monotonic() < deadline, "the server was not ready in time"
            try:
                async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


def client():
    # The engine closes a connection after a stream without having announced it, so none is used twice.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(total=90)
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run one server for the tests that only ask; yields its base address and its log."""
    log = tmp_path_factory.mktemp("model") / "log"
    port = free_port()
    process = started(port, log)
    yield f"http://127.0.0.1:{port}", log
    process.terminate()
    assert process.wait(END_SECONDS) == 0


def question(text="Name three colours.", **more):
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 16, "temperature": 0, **more}


async def ask(base, body):
    async with client() as session, session.post(f"{base}/v1/chat/completions", json=body) as answer:
        return answer.status, await answer.json()


async def events(answer):
    async for line in answer.content:
        if line.startswith(b"data: ") and line.strip() != b"data: [DONE]":
            yield orjson.loads(line.removeprefix(b"data: "))


async def stream(base, body):
    """Return the text, the finish reasons and the usage of a streamed answer."""
    text, reasons, usage = "", [], None
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    async with client() as session, session.post(f"{base}/v1/chat/completions", json=body) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        async for event in events(answer):
            usage = event.get("usage") or usage
            for choice in event["choices"]:
                text += choice["delta"].get("content") or ""
                reasons += [choice["finish_reason"]] if choice["finish_reason"] else []
    return text, reasons, usage


async def busy_slots(base):
    async with client() as session, session.get(f"{base}/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith("llamacpp:requests_processing "):
                return int(line.split()[1])
    raise AssertionError("the engine tells no figures")


async def test_a_whole_answer_has_text_usage_and_the_models_name(server):
    """What was asked for as any model is answered by the one that is there, under its own name."""
    status, body = await ask(server[0], question(model="gpt-5"))
    assert status == 200
    assert body["choices"][0]["message"]["content"].strip()
    assert body["model"] == parts.MODEL_NAME
    assert 0 < body["usage"]["completion_tokens"] <= 16
    assert body["usage"]["prompt_tokens"] > 0


async def test_a_streamed_answer_equals_the_whole_one(server):
    """At temperature 0 both ways give the same words, and the stream ends with its usage."""
    _, whole = await ask(server[0], question())
    text, reasons, usage = await stream(server[0], question())
    assert text == whole["choices"][0]["message"]["content"]
    assert len(reasons) == 1
    assert usage["completion_tokens"] == whole["usage"]["completion_tokens"]


async def test_four_streams_run_side_by_side(server):
    """Four callers are served at once, a fifth waits for its turn and is served too."""
    texts = [f"Tell me about the number {number}." for number in range(5)]
    most = 0

    async def watch():
        nonlocal most
        while True:
            most = max(most, await busy_slots(server[0]))
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(*(stream(server[0], question(text, max_tokens=24)) for text in texts))
    watching.cancel()
    assert all(text.strip() for text, _, _ in answers)
    assert 2 <= most <= 4


async def test_an_answer_keeps_to_a_json_schema(server):
    """Even this model cannot leave the shape that the caller gave."""
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "capital": {"type": "boolean"}},
        "required": ["city", "capital"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": schema}}
    status, body = await ask(
        server[0], question("Describe Paris as JSON.", max_tokens=80, response_format=wanted)
    )
    assert status == 200
    found = orjson.loads(body["choices"][0]["message"]["content"])
    assert set(found) == {"city", "capital"}
    assert isinstance(found["capital"], bool)


async def test_a_caller_that_leaves_frees_its_slot(server):
    """Nothing is computed for somebody who has left a stream (the engine finishes answers asked for whole)."""
    endless = question("Tell me a very long story.", max_tokens=1800, ignore_eos=True)
    async with client() as session:
        answer = await session.post(f"{server[0]}/v1/chat/completions", json=endless | {"stream": True})
        await anext(events(answer))
        assert await busy_slots(server[0]) == 1
        answer.close()
    deadline = time.monotonic() + 5
    while await busy_slots(server[0]):
        assert time.monotonic() < deadline, "the slot is still taken"
        await asyncio.sleep(0.05)


async def test_what_cannot_be_answered_is_refused_with_a_reason_and_logged_without_text(server):
    """A text longer than a slot is a 400, and no text of a caller stands in the log."""
    base, log = server
    status, body = await ask(base, question(f"{SECRET} " * 1500))
    assert status == 400
    assert body["error"]["type"] == "exceed_context_size_error"
    bad = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": SECRET}}}
    status, _ = await ask(base, question(SECRET, response_format=bad))
    assert status == 400
    assert (await ask(base, {"messages": SECRET}))[0] == 400
    written = log.read_text()
    assert "MODEL_SERVER_READY" in written
    assert "zanzibar" not in written


async def test_pages_of_a_browser_are_not_let_in(server):
    """No origin is allowed, and there is no page to look at."""
    async with client() as session:
        headers = {"Origin": "http://example.com", "Access-Control-Request-Method": "POST"}
        async with session.options(f"{server[0]}/v1/chat/completions", headers=headers) as answer:
            assert answer.headers.get("Access-Control-Allow-Origin", "") == ""
            assert answer.headers.get("Access-Control-Allow-Credentials") != "true"
        async with session.get(server[0]) as answer:
            assert answer.status == 404


def test_a_taken_port_is_told_with_its_holder(server):
    """One line and exit code 1, no traceback."""
    port = server[0].rpartition(":")[2]
    told = subprocess.run(command(port), capture_output=True, text=True, timeout=30, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith(f"tandem: port {port} is taken by ")
    assert "Traceback" not in told.stderr


def test_no_door_is_opened_to_the_network():
    """Without keys it listens on this machine only."""
    told = subprocess.run(command(free_port(), "--host", "0.0.0.0"), capture_output=True, text=True,
                          timeout=30, check=False,
                          env={k: v for k, v in os.environ.items() if k != "TANDEM_AUTH"})  # fmt: skip
    assert told.returncode == 1
    assert "authentication" in told.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_it_answers(tmp_path, number):
    """It ends within five seconds with code 0 though an answer is being written."""
    port = free_port()
    process = started(port, tmp_path / "log", "--slots", "1")
    body = orjson.dumps(question("Tell me a long story.", max_tokens=1800, ignore_eos=True, stream=True))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        assert connection.recv(1)
        process.send_signal(number)
        assert process.wait(END_SECONDS) == 0
    assert ports.is_free("127.0.0.1", port)
    assert "MODEL_SERVER_STOPPED" in (tmp_path / "log").read_text()


def test_it_dies_with_its_parent(tmp_path):
    """Nothing is left behind by a parent that was killed outright."""
    port = free_port()
    code = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen({command(port)!r} + ['--parent', str(os.getpid())])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with (tmp_path / "log").open("wb") as log:
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=log)
    child = int(parent.stdout.readline())
    asyncio.run(healthy(port))
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    deadline = time.monotonic() + END_SECONDS
    while not ports.is_free("127.0.0.1", port) or _runs(child):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
