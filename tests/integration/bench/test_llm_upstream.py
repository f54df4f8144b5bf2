"""The test upstream itself: its pace, its bookkeeping, and its command."""

import asyncio
import os
import signal
import sys
import time

import aiohttp
import pytest

from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script

QUESTION = {"model": "m", "messages": [{"role": "user", "content": "two words"}], "stream": True}


@pytest.mark.alone
async def test_five_hundred_streams_keep_their_pace():
    """Ten tokens at ten a second take a second each, for all of them at once, on a part of one core."""
    async with LLMUpstream(Script(rate=10, tokens=11)) as upstream:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def ask():
                begun = time.monotonic()
                async with session.post(upstream.base_url + "/chat/completions", json=QUESTION) as answer:
                    body = await answer.read()
                return body.count(b'"content"'), time.monotonic() - begun

            results = await asyncio.gather(*(ask() for _ in range(500)))
        assert {tokens for tokens, _ in results} == {11}
        assert min(seconds for _, seconds in results) >= 0.99
        assert max(seconds for _, seconds in results) < 10
        statistics = upstream.statistics
        assert (statistics.most_active, statistics.finished, statistics.tokens) == (500, 500, 5500)


async def test_what_was_seen_is_told_and_can_be_forgotten():
    """Over HTTP, for tests in other processes."""
    async with LLMUpstream() as upstream, aiohttp.ClientSession() as session:
        async with session.post(upstream.base_url + "/chat/completions", json=QUESTION) as answer:
            assert answer.content_type == "text/event-stream"
            assert (await answer.text()).endswith("data: [DONE]\n\n")
        async with session.get(upstream.url + "/stats") as answer:
            told = await answer.json()
        assert (told["begun"], told["finished"], told["active"], told["models"]) == (1, 1, 0, {"m": 1})
        async with session.delete(upstream.url + "/stats") as answer:
            assert (await answer.json())["begun"] == 0
        async with session.get(upstream.base_url + "/models") as answer:
            assert (await answer.json())["object"] == "list"


async def test_a_fault_may_be_for_the_first_requests_only():
    """So that a retry can succeed."""
    async with LLMUpstream() as upstream, aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(3):
            question = QUESTION | {"model": "m#fault=429,first=2"}
            async with session.post(upstream.base_url + "/chat/completions", json=question) as answer:
                statuses.append((answer.status, answer.headers.get("Retry-After")))
        assert statuses == [(429, "1"), (429, "1"), (200, None)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": "m#fault=meteorite"}', b'{"messages": []}'])
async def test_a_request_that_cannot_be_read_is_refused(body):
    """As a real one would."""
    async with LLMUpstream() as upstream, aiohttp.ClientSession() as session:
        async with session.post(upstream.base_url + "/chat/completions", data=body) as answer:
            assert answer.status == 400
        assert upstream.statistics.begun == 0


async def test_it_runs_by_itself_and_stops_when_told():
    """As a command of its own, on a free port."""
    arguments = ["-m", "tandem.bench.upstreams.llm", "--port", "0", "--tokens", "4", "--fault", "429=0.0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url = line.removeprefix("listening on ").strip()
        question = QUESTION | {"stream": False}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url + "/chat/completions", json=question) as answer,
        ):
            assert (await answer.json())["usage"]["completion_tokens"] == 4
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
