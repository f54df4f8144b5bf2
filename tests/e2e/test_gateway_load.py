"""Many at once: streams keep the provider's pace, calls wait together, lanes run side by side, nothing is left over.

The promises are 1.2 times the provider's own time for streams, 4 s for calls that take 2 s, and 1.1 times the slowest lane.
A machine that does other work meanwhile may need several tries to keep them, and where the provider itself is slowed down for
want of a processor, its own time for the same crowd is what counts. What was measured is printed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import pytest

from e2e.gateway import Upstream, client, metric, provider, said, settled, sockets, tokimeki
from e2e.processes import Server

pytestmark = [pytest.mark.alone, pytest.mark.slow, pytest.mark.timeout(150)]

CROWD = 500
TRIES = 3
TOKENS, RATE = 100, 10
STREAMS_OWN = TOKENS / RATE
LANES = (0.5, 0.8, 1.0, 1.2, 1.5, 2.0)
MODELS = ",".join(
    ["steady#rate=10", "late#latency=2", "quick", *(f"lane#latency={seconds}" for seconds in LANES)]
)
STREAM = {
    "model": "openai/steady#rate=10",
    "stream": True,
    "messages": [{"role": "user", "content": "Go on."}],
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """A provider of answers with 100 tokens."""
    with provider("--tokens", str(TOKENS)) as running:
        yield running


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, shared_database: str, upstream: Upstream
) -> Iterator[Server]:
    """The service with one worker, warmed up: its pool, its routes and its records have been used."""
    with tokimeki(tmp_path_factory.mktemp("load"), upstream, MODELS, shared_database) as running:
        asyncio.run(_warmed_up(running))
        yield running


async def _warmed_up(served: Server) -> None:
    """Call in all the ways that are measured, a few at once."""
    async with client(served) as session:
        for _ in range(5):
            calls = [said(session, "/chat", {"message": "Hello", "model": "openai/quick"}) for _ in range(20)]
            assert {status for status, _ in await asyncio.gather(*calls)} == {200}
        await asyncio.gather(*(_stream(session, STREAM | {"model": "openai/quick"}) for _ in range(20)))


async def _stream(session: aiohttp.ClientSession, ask: dict[str, Any]) -> tuple[float, float, int]:
    """Read one stream; seconds to the first token and to the end, and tokens."""
    began = time.monotonic()
    body, first = [], 0.0
    async with session.post("/v1/chat/completions", json=ask) as answer:
        assert answer.status == 200, await answer.text()
        async for piece in answer.content.iter_any():
            first = first or time.monotonic() - began
            body.append(piece)
    whole = b"".join(body)
    assert whole.endswith(b"data: [DONE]\n\n")
    return first, time.monotonic() - began, whole.count(b'"content":"') - whole.count(b'"content":""')


def _held(served: Server) -> tuple[float, int]:
    """Tasks and sockets of the worker; the request that asks is among them."""
    return metric(served.client.get("/metrics").text, "tandem_tasks"), sockets(served.workers()[0])


def _memory(served: Server) -> float:
    return served.workers()[0].memory_full_info().uss / 1e6


async def _best(measured: Callable[[], Awaitable[float]], enough: float, tries: int = TRIES) -> float:
    """Measure until it is below ``enough``, at most ``tries`` times; return the least."""
    seen: list[float] = []
    while len(seen) < tries and min(seen, default=enough) >= enough:
        seen.append(await measured())
    return min(seen)


async def _crowd(url: str, ask: dict[str, Any]) -> list[tuple[float, float, int]]:
    async with client(url) as session:
        return await asyncio.gather(*(_stream(session, ask) for _ in range(CROWD)))


async def test_clients_that_leave_take_their_streams_along(served: Server, upstream: Upstream) -> None:
    """200 streams are left in the middle: the provider has none of them a second later, and no task stays."""
    tasks, _ = _held(served)
    gone = upstream.stats()["cancelled"]
    async with client(served) as session:
        running = [asyncio.create_task(_stream(session, STREAM)) for _ in range(200)]
        await settled(lambda: upstream.stats()["active"], 200, 10)
        await asyncio.sleep(1)
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        began = time.monotonic()
        await settled(lambda: upstream.stats()["active"], 0, 5)
        print(f"200 streams ended upstream {time.monotonic() - began:.2f} s after their clients left")
    assert upstream.stats()["cancelled"] - gone == 200
    await settled(lambda: max(0.0, _held(served)[0] - tasks), 0.0, 10)


async def test_five_hundred_calls_wait_together(served: Server, upstream: Upstream) -> None:
    """A provider that needs 2 s answers 500 callers in under 4 s."""

    async def crowd(server: Server | str, path: str, ask: dict[str, Any]) -> float:
        async with client(server) as session:
            began = time.monotonic()
            answers = await asyncio.gather(*(said(session, path, ask) for _ in range(CROWD)))
            took = time.monotonic() - began
        print(f"{path}, {CROWD} calls of 2 s each: all answered after {took:.2f} s")
        assert {status for status, _ in answers} == {200}
        assert all(body["usage"]["completion_tokens"] == TOKENS for _, body in answers)
        return took

    ask = {"message": "Say something.", "model": "openai/late#latency=2"}
    best = await _best(lambda: crowd(served, "/chat", ask), 4.0)
    if best >= 4.0:
        print("this machine is busy: how long does the provider itself take for them?")
        own = {"model": "late#latency=2", "messages": [{"role": "user", "content": "Say something."}]}
        best *= 2.0 / await crowd(f"http://127.0.0.1:{upstream.port}", "/v1/chat/completions", own)
    assert best < 4.0


@pytest.mark.parametrize("path", ["/compare_models", "/api/v1/compare"])
async def test_six_lanes_take_as_long_as_the_slowest(served: Server, path: str) -> None:
    """All lanes run side by side and each tells its own time."""
    ask = {"prompt": "Compare.", "models": [f"openai/lane#latency={seconds}" for seconds in LANES]}

    async def compared() -> float:
        async with client(served) as session:
            began = time.monotonic()
            status, answer = await said(session, path, ask)
            took = time.monotonic() - began
        assert status == 200
        assert [one["success"] for one in answer["results"]] == [True] * 6
        slowest = max(one["response_time"] for one in answer["results"])
        print(f"{path}: {took:.3f} s, the slowest lane {slowest:.3f} s")
        for one, seconds in zip(answer["results"], LANES, strict=True):
            assert seconds <= one["response_time"] < seconds + 0.5
        return took / slowest

    assert await _best(compared, 1.1) < 1.1


async def test_five_hundred_streams_keep_pace_and_leave_nothing(served: Server, upstream: Upstream) -> None:
    """All end with the provider's own pace; a second crowd takes no more memory, and in the end nothing is open."""
    tasks, held = _held(served)

    async def crowd(url: str = served.url) -> float:
        seen = await _crowd(url, STREAM)
        first, slowest = max(one[0] for one in seen), max(one[1] for one in seen)
        print(
            f"{CROWD} streams: slowest {slowest:.2f} s of {STREAMS_OWN:.0f} s, last first token after {first:.2f} s"
        )
        assert {tokens for _, _, tokens in seen} == {TOKENS}
        return slowest

    best, own = await _best(crowd, 1.2 * STREAMS_OWN, tries=2), STREAMS_OWN
    after_one, connections = _memory(served), upstream.stats()["connections"]
    await _crowd(served.url, STREAM | {"max_tokens": 30})
    after_two = _memory(served)
    print(f"memory: {after_one:.1f} MB after {CROWD} streams, {after_two:.1f} MB after {2 * CROWD}")
    assert after_two < after_one + 12
    await settled(lambda: max(0.0, _held(served)[0] - tasks), 0.0, 10)
    stats = upstream.stats()
    assert (stats["active"], stats["faulted"]) == (0, 0)
    assert stats["connections"] - connections <= 20, "connections are used again"
    if best >= 1.2 * own:
        print("this machine is busy: how long does the provider itself take for them?")
        own = await crowd(f"http://127.0.0.1:{upstream.port}")
    # Where the provider alone cannot keep its own pace, service, provider and clients get too little of the processors.
    assert best < (1.2 if own < 1.05 * STREAMS_OWN else 1.6) * own
    # Those to the provider are kept for the next call, for 30 s to 60 s.
    await settled(lambda: max(0, _held(served)[1] - max(held, 10)), 0, 75)
