"""Streams without a network: their bounds, and how they end."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tandem.ai import live_stream, streaming
from tandem.ai.live_stream import HEARTBEAT, LiveStream, StreamReader
from tandem.ai.stream_messages import Question, Reply, read
from tandem.ai.streaming import StreamHub, TooManyStreamsError
from tandem.core.drain import Drain
from tandem.core.errors import ConflictError, DrainingError, NotFoundError


@pytest.fixture
async def hub() -> AsyncIterator[StreamHub]:
    """A hub that gives a fifth of a second of grace."""
    made = StreamHub(Drain(None), grace=0.2, heartbeat=5)
    await made.open()
    yield made
    await made.close()


async def everything(reader: StreamReader) -> str:
    text = b""
    while (events := await reader.next()) is not None:
        text += events
    return text.decode()


def names(text: str) -> list[str]:
    return [line[7:] for line in text.splitlines() if line.startswith("event: ")]


def data(text: str) -> dict:
    return json.loads(text.splitlines()[-2][6:])


async def count(stream: LiveStream) -> None:
    for number in range(3):
        await stream.emit("delta", {"text": str(number)})
    stream.complete()
    stream.put("done", {})


async def endless(stream: LiveStream) -> None:
    while True:
        await stream.emit("delta", {"text": "x" * 100})
        await asyncio.sleep(0)


async def thinking(stream: LiveStream) -> None:
    await asyncio.sleep(60)


async def test_a_stream_from_begin_to_end(hub):
    """Events are numbered from 1; when its reader has left, nothing is kept."""
    reader = hub.start("stream-1", "ann", count)
    text = await everything(reader)
    assert text.startswith('id: 1\nevent: delta\ndata: {"text":"0"}\n\n')
    assert names(text) == ["delta", "delta", "delta", "done"]
    hub.leave(reader)
    assert (hub.statistics().open, hub.statistics().log_bytes, hub.statistics().cancelled) == (0, 0, 0)


@pytest.mark.parametrize("resumable", [False, True])
async def test_one_that_is_ended_before_its_first_step(hub, resumable):
    """Its task runs no line, and its reader is told all the same."""
    reader = hub.start("stream-1", "ann", thinking, resumable=resumable)
    reader.stream.stop("cancelled")
    assert names(await everything(reader)) == ["cancelled"]
    hub.leave(reader)
    await asyncio.sleep(0.3)
    assert hub.statistics().open == 0


async def test_an_unexpected_error_is_told(hub, caplog):
    """The reader must not take a broken stream for a whole one; the mistake itself stays with us."""

    async def broken(stream: LiveStream) -> None:
        await stream.emit("delta", {"text": "a"})
        raise RuntimeError("secret detail")

    reader = hub.start("stream-1", "ann", broken)
    text = await everything(reader)
    assert names(text) == ["delta", "error"]
    assert data(text)["code"] == "internal_error"
    assert "secret" not in text
    hub.leave(reader)


async def test_a_failure_before_the_first_event_is_an_exception(hub):
    """So that it can still become a status; it is forgotten at once, resumable or not."""

    async def failing(stream: LiveStream) -> None:
        raise NotFoundError("not there")

    reader = hub.start("stream-1", "ann", failing, resumable=True)
    await reader.stream.begun.wait()
    assert isinstance(reader.stream.failure, NotFoundError)
    hub.leave(reader)
    assert hub.statistics().open == 0


async def test_a_plain_stream_waits_for_its_reader(hub):
    """It runs ahead by so many events, no more, and loses nothing."""
    reader = hub.start("stream-1", "ann", endless)
    await asyncio.sleep(0.1)
    assert reader.stream.last == live_stream.UNREAD_EVENTS
    assert len(names((await reader.next()).decode())) == live_stream.UNREAD_EVENTS
    assert hub.statistics().log_bytes == 0
    hub.leave(reader)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert hub.statistics().open == 0


async def test_large_events_fill_a_plain_stream_too(hub):
    """What is unread is bounded in bytes as well."""

    async def large(stream: LiveStream) -> None:
        while True:
            await stream.emit("delta", {"text": "x" * 100_000})

    reader = hub.start("stream-1", "ann", large)
    await asyncio.sleep(0.05)
    assert hub.statistics().log_bytes <= live_stream.UNREAD_BYTES + 101_000
    hub.leave(reader)


async def test_a_resumable_stream_is_bounded(hub, monkeypatch):
    """It ends with an error where its log is full."""
    monkeypatch.setattr(live_stream, "LOG_BYTES", 20_000)
    reader = hub.start("stream-1", "ann", endless, resumable=True)
    text = await everything(reader)
    assert names(text)[-1] == "error"
    assert data(text)["code"] == "too_long"
    assert 20_000 < len(text) < 21_000
    hub.leave(reader)


async def test_logs_are_bounded_together(hub, monkeypatch):
    """No resumable stream begins where all logs are full; a plain one does."""
    reader = hub.start("stream-1", "ann", count, resumable=True)
    await everything(reader)
    monkeypatch.setattr(streaming, "LOGS_BYTES", 50)
    with pytest.raises(TooManyStreamsError):
        hub.start("stream-2", "ann", count, resumable=True)
    hub.leave(hub.start("stream-2", "ann", count))
    hub.leave(reader)
    await asyncio.sleep(0.3)
    assert hub.statistics().log_bytes == 0


async def test_streams_are_bounded(hub, monkeypatch):
    """Beyond it a new one is refused for a moment."""
    monkeypatch.setattr(streaming, "MOST_STREAMS", 1)
    reader = hub.start("stream-1", "ann", thinking)
    with pytest.raises(TooManyStreamsError) as refused:
        hub.start("stream-2", "ann", count)
    assert refused.value.retry_after == 2
    hub.leave(reader)


async def test_the_time_of_grace_begins_with_the_last_loss(hub):
    """Each connection begins it anew; while somebody reads it does not run."""
    first = hub.start("stream-1", "ann", thinking, resumable=True)
    stream = first.stream
    hub.leave(first)
    await asyncio.sleep(0.12)
    second = hub.read(stream, 0)
    await asyncio.sleep(0.15)
    assert stream.reason is None
    hub.leave(second)
    await asyncio.sleep(0.12)
    assert stream.reason is None
    await asyncio.sleep(0.2)
    assert stream.reason == "cancelled"
    # Who comes a little later still learns how it ended.
    third = hub.read(stream, 0)
    assert names(await everything(third)) == ["cancelled"]
    hub.leave(third)
    await asyncio.sleep(0.3)
    assert hub.statistics().open == 0


async def test_a_whole_answer_is_not_ended_any_more(hub):
    """What is complete is finished although its client left meanwhile."""
    kept = []

    async def keeping(stream: LiveStream) -> None:
        await stream.emit("delta", {})
        stream.complete()
        await asyncio.sleep(0.05)
        kept.append(True)
        stream.put("done", {})

    reader = hub.start("stream-1", "ann", keeping)
    await reader.next()
    hub.leave(reader)
    reader.stream.stop("cancelled")
    await asyncio.sleep(0.1)
    assert kept
    assert (hub.statistics().open, hub.statistics().cancelled) == (0, 0)


async def test_silence_has_a_heartbeat():
    """And a stop ends the wait for it."""
    hub = StreamHub(Drain(None), heartbeat=0.03)
    reader = hub.start("stream-1", "ann", thinking)
    assert [await reader.next() for _ in range(2)] == [HEARTBEAT] * 2
    asyncio.get_running_loop().call_later(0.005, reader.stop)
    assert await reader.next() is None
    hub.leave(reader)
    await hub.close()


async def test_a_drain_ends_everything():
    """Streams say goodbye, and no new one begins."""
    drain = Drain(None)
    hub = StreamHub(drain)
    await hub.open()
    readers = [hub.start(f"stream-{n}", "ann", thinking, resumable=bool(n)) for n in range(2)]
    await asyncio.sleep(0)
    drain.begin()
    for reader in readers:
        assert names(await everything(reader)) == ["shutdown"]
    with pytest.raises(DrainingError):
        hub.start("stream-3", "ann", count)
    await hub.close()


async def test_a_plain_stream_is_read_once(hub):
    """A second reader would take the first one's events."""
    reader = hub.start("stream-1", "ann", thinking)
    with pytest.raises(ConflictError):
        hub.read(reader.stream)
    with pytest.raises(ConflictError):
        hub.start("stream-1", "ann", thinking)
    assert hub.find("stream-1", "bob") is None
    hub.leave(reader)


def test_messages_between_workers():
    """They come out as they went in; what is none of them is left alone."""
    question = Question("1", "worker", "cancel_part", "stream-1", "ann", 3)
    assert read(question.payload()) == question
    assert read(Reply("1", found=True).payload()) == Reply("1", found=True)
    for other in (
        "",
        "{",
        "5",
        "[]",
        "null",
        "{}",
        '{"question": 5}',
        '{"question": {"number": 1}}',
        '{"reply": {}}',
    ):
        assert read(other) is None
