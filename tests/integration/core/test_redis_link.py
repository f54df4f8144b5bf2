"""Commands that wait travel together; each gets its own answer, its own error and its own time limit."""

import asyncio
import time

import pytest
from redis.exceptions import ResponseError

from tandem.core.redis_link import CONNECTIONS, RedisLink


def link(url: str, timeout: float = 2.0) -> RedisLink:
    return RedisLink(url, name="t", consequence="", monotonic=time.monotonic, timeout=timeout)


async def test_many_at_once_take_few_round_trips_and_one_connection(redis_server) -> None:
    one = link(redis_server.url)
    await one.command("PING")

    async def told(section: str, name: str) -> int:
        return int((await one.client.info(section))[name])

    before = await told("stats", "total_connections_received")
    reads = await told("stats", "total_reads_processed")
    await asyncio.gather(*(one.command("SET", f"k{number}", number) for number in range(200)))
    found = await asyncio.gather(*(one.command("GET", f"k{number}") for number in range(200)))
    assert [int(value) for value in found] == list(range(200))
    assert await told("stats", "total_reads_processed") - reads < 40
    assert await told("stats", "total_connections_received") - before < CONNECTIONS
    await one.close()


async def test_a_command_that_fails_fails_alone(redis_server) -> None:
    one = link(redis_server.url)
    await one.command("SET", "text", "abc")
    results = await asyncio.gather(
        *(one.command(*words) for words in (("GET", "text"), ("INCR", "text"), ("GET", "text"))),
        return_exceptions=True,
    )
    assert isinstance(results[1], ResponseError)
    assert (results[0], results[2]) == (b"abc", b"abc")
    await one.close()


async def test_who_leaves_takes_nobody_along(redis_server) -> None:
    one = link(redis_server.url)
    tasks = [asyncio.create_task(one.command("SET", f"k{number}", "v")) for number in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[3], asyncio.CancelledError)
    assert [value for at, value in enumerate(done) if at != 3] == [True] * 9
    assert await one.command("GET", "k9") == b"v"
    await one.close()


async def test_closing_tells_those_who_wait(redis_server) -> None:
    one = link(redis_server.url)
    await one.command("PING")
    waiting = asyncio.create_task(one.command("BLPOP", "nothing", 0))
    await asyncio.sleep(0.05)
    await one.close()
    with pytest.raises(ConnectionError):
        await waiting
