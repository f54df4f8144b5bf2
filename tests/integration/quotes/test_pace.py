"""One pace for a host, however many ask."""

import asyncio
import time
from pathlib import Path

import pytest

from tandem.tokimeki.services.quotes.pace import HostPace
from tandem.tokimeki.services.quotes.rate import REFUSED, Rate

FIVE_NOW = Rate(per_minute=1, burst=5, patience=120.0)
"""Five at once, then two that wait for a minute and for two, then none: slow enough for any machine."""


def places(kind: str, directory: Path, redis_url: str | None) -> list[HostPace]:
    """Two workers' paces."""
    url = redis_url if kind == "redis" else None
    shared = directory if kind == "file" else None
    return [HostPace.of(FIVE_NOW, "yahoo", redis_url=url, shared=shared, timeout=5.0) for _ in range(2)]


@pytest.mark.parametrize("kind", ["file", "redis"])
async def test_two_workers_share_a_pace(kind, tmp_path, request):
    """Together they get five calls now, two to wait for, and no more; a pause of one holds for both."""
    url = request.getfixturevalue("redis_server").url if kind == "redis" else None
    one, other = places(kind, tmp_path, url)
    waits = [await (one, other)[turn % 2].take() for turn in range(12)]
    assert waits[:5] == [0.0] * 5
    assert sum(0 < wait <= 120 for wait in waits) == 2
    assert waits.count(REFUSED) == 5
    await one.pause(300)
    assert await other.take() == REFUSED
    await one.close()
    await other.close()


async def test_without_redis_each_machine_paces_itself(tmp_path, redis_server):
    """Losing Redis makes no call fail and lifts no bound."""
    one = HostPace.of(FIVE_NOW, "yahoo", redis_url=redis_server.url, shared=tmp_path, timeout=1.0)
    assert await one.take() == 0.0
    redis_server.kill()
    began = time.monotonic()
    waits = [await one.take() for _ in range(12)]
    assert waits.count(0.0) == 5
    assert REFUSED in waits
    assert time.monotonic() - began < 10
    await one.close()


async def test_without_a_directory_the_process_paces(tmp_path):
    """A file that cannot be written is replaced by the process's own pace."""
    one = HostPace.of(FIVE_NOW, "yahoo", redis_url=None, shared=tmp_path / "gone")
    waits = [await one.take() for _ in range(12)]
    assert (waits.count(0.0), waits.count(REFUSED)) == (5, 5)
    await one.pause(0.05)
    await asyncio.sleep(0.06)
    await one.close()


def test_an_arrival_of_another_clock_is_not_believed():
    """A file that a machine wrote before it was started again must not silence it."""
    wait, arrival = FIVE_NOW.place(1e9, 0.0, now=10.0)
    assert wait == REFUSED or arrival < 1000
    wait, arrival = FIVE_NOW.place(0.0, 0.0, now=10.0)
    assert (wait, arrival) == (0.0, 70.0)
