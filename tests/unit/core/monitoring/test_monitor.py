"""The overview when parts fail, workers come and go, and the server stops."""

import asyncio
import datetime as dt
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tandem.core.clock import SystemClock
from tandem.core.drain import Drain
from tandem.core.errors import DatabaseUnavailableError
from tandem.core.monitoring import monitor as module
from tandem.core.monitoring.monitor import Monitor, Span
from tandem.core.monitoring.schemas import JobFigures, UsageFigures
from tandem.core.monitoring.stream import OverviewStream
from tandem.core.monitoring.watchers import MOST_WATCHERS, TooManyWatchersError, Watchers
from tandem.core.observability.health import Probe
from tandem.core.observability.metrics import Metrics
from tandem.core.resources import Resources


def monitor(registry: Metrics | None = None, **sections: Any) -> Monitor:
    probe = Probe(
        Resources(), Drain(None), can_serve_without=lambda: True, schema_fault=lambda: None, started=True
    )
    clock = SystemClock(dt.UTC)
    return Monitor(registry or Metrics(), clock, probe, service="test", pool_limit=10, **sections)


async def lost(span: Span) -> UsageFigures:
    raise DatabaseUnavailableError("PostgreSQL is out of reach")


async def slow() -> JobFigures:
    await asyncio.sleep(60)
    return JobFigures(queues={}, oldest_waiting_seconds=None, workers=0)


async def test_a_lost_section_is_named_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECTION_SECONDS", 0.05)
    found = await monitor(usage=lost, jobs=slow).overview("5m")
    assert (found.usage, found.jobs) == (None, None)
    assert found.unavailable == {"usage": "PostgreSQL is out of reach", "jobs": "no answer within 0.05 s"}
    assert found.status == "ready"


async def test_all_workers_are_in_it(tmp_path: Path) -> None:
    ours, sibling = Metrics(tmp_path, "one"), Metrics(tmp_path, "two")
    for registry, count in ((ours, 1), (sibling, 3)):
        durations = registry.histogram(
            "flask_http_request_duration_seconds", "", ("method", "path", "status")
        )
        for _ in range(count):
            durations.labels("GET", "/a", "200").observe(0.01)
    watched = monitor(ours)
    await watched.open()
    try:
        found = await watched.overview("5m")
        assert {(worker.name, worker.requests) for worker in found.workers} == {("one", 1), ("two", 3)}
        assert found.pool.limit == 20
        sibling.close()
        await asyncio.sleep(module.SHARED_SECONDS)
        found = await watched.overview("5m")
        assert [worker.name for worker in found.workers] == ["one"]
    finally:
        await watched.close()
        ours.close()


async def test_many_who_look_at_once_cost_one_reading() -> None:
    registry = Metrics()
    read = 0

    def count() -> None:
        nonlocal read
        read += 1

    registry.add_sampler(count)
    watched = monitor(registry)
    await asyncio.gather(*(watched.overview("5m") for _ in range(50)))
    assert read == 1


class Client:
    """Receives what is sent; leaves when told."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.left = asyncio.Event()

    async def receive(self) -> MutableMapping[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message.get("body", b""))


async def test_a_stop_is_said_and_the_place_given_back() -> None:
    client, drain, watchers, watched = Client(), Drain(None), Watchers(), monitor()
    stream = OverviewStream(
        lambda: watched.overview("5m"), interval=60, drain=drain, receive=client.receive, watchers=watchers
    )
    running = asyncio.create_task(stream({}, client.receive, client.send))
    while len(client.sent) < 3:
        await asyncio.sleep(0.01)
    drain.begin()
    await asyncio.wait_for(running, 2)
    assert client.sent[2].startswith(b"event: overview\ndata: {")
    assert client.sent[-1] == b"event: shutdown\ndata: {}\n\n"
    for _ in range(MOST_WATCHERS):
        watchers.enter()
    with pytest.raises(TooManyWatchersError):
        watchers.enter()


async def test_a_look_that_fails_is_told_and_the_stream_goes_on() -> None:
    client, drain = Client(), Drain(None)

    async def look() -> Any:
        raise OSError("the counters are gone")

    stream = OverviewStream(
        look, interval=0.01, drain=drain, receive=client.receive, watchers=Watchers()
    )  # fmt: skip
    running = asyncio.create_task(stream({}, client.receive, client.send))
    while sum(piece.startswith(b"event: error") for piece in client.sent) < 2:
        await asyncio.sleep(0.01)
    client.left.set()
    await asyncio.wait_for(running, 2)
    assert not client.sent[-1].startswith(b"event: end")
