"""The recorder while there is no PostgreSQL: everything that happens on disk."""

import asyncio
import shutil
import time

import pytest

from tandem.core.database.pool import Database
from tandem.usage.errors import UsageSpillError
from tandem.usage.recorder import UsageRecorder
from tandem.usage.segments import listed, read
from unit.usage.records import event_of, record

NOBODY_THERE = "postgresql://user:secret@127.0.0.1:9/db"


@pytest.fixture
async def database():
    """A pool on a server that is not there."""
    async with Database(NOBODY_THERE) as opened:
        yield opened


def _on_disk(root):
    return [
        event_of(one).id
        for directory in root.iterdir()
        if directory.is_dir()
        for path in listed(directory)
        for batch in read(path, 100)
        for one in batch.records
    ]


async def test_a_record_is_on_disk_when_put_returns(database, tmp_path, monkeypatch):
    """And stays there over the end of the process while PostgreSQL is away."""
    monkeypatch.setattr("tandem.usage.recorder.CLOSE_SECONDS", 0.1)
    recorder = UsageRecorder(database, tmp_path)
    await recorder.open()
    events = [record() for _ in range(50)]
    for number, event in enumerate(events, 1):
        recorder.put(event)
        assert len(_on_disk(tmp_path)) == number
    assert not await recorder.flush(0.05)
    await recorder.close()
    assert sorted(_on_disk(tmp_path)) == sorted(event.id for event in events)
    statistics = recorder.statistics()
    assert (statistics.put, statistics.pending, statistics.stored, statistics.lost) == (50, 50, 0, 0)
    with pytest.raises(UsageSpillError):
        recorder.put(record())


async def test_a_full_spill_refuses_new_calls_and_still_records_those_under_way(
    database, tmp_path, monkeypatch
):
    """503 with Retry-After; also counted: what other workers left."""
    monkeypatch.setattr("tandem.usage.recorder.CLOSE_SECONDS", 0.1)
    recorder = UsageRecorder(database, tmp_path, limit=4000)
    await recorder.open()
    recorder.require_room()
    while not recorder.is_full:
        recorder.put(record())
    with pytest.raises(UsageSpillError) as caught:
        recorder.require_room()
    assert (caught.value.status, caught.value.retry_after) == (503, 5)
    with pytest.raises(UsageSpillError):
        await recorder.ping()
    late = record()
    recorder.put(late)
    assert late.id in _on_disk(tmp_path)
    other = UsageRecorder(database, tmp_path, limit=4000)
    await other.open()
    deadline = time.monotonic() + 10
    while not other.is_full:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    for one in (recorder, other):
        await one.close()


async def test_a_disk_that_takes_nothing_is_told_and_tried_again(database, tmp_path, monkeypatch):
    """put raises and keeps the record in memory, within a bound; calls go on when the disk does."""
    monkeypatch.setattr("tandem.usage.recorder.CLOSE_SECONDS", 0.1)
    monkeypatch.setattr("tandem.usage.storing.MOST_KEPT", 2)
    recorder = UsageRecorder(database, tmp_path / "usage")
    await recorder.open()
    shutil.rmtree(tmp_path / "usage")
    for _ in range(3):
        with pytest.raises(UsageSpillError):
            recorder.put(record())
    assert recorder.is_full
    assert (recorder.statistics().lost, recorder.statistics().pending) == (1, 2)
    await recorder.close()
    assert recorder.statistics().lost == 3


async def test_a_root_that_cannot_be_written_is_told_at_start(database, tmp_path):
    """Not at the first answer."""
    (tmp_path / "usage").write_text("a file")
    with pytest.raises(UsageSpillError, match="cannot be written"):
        await UsageRecorder(database, tmp_path / "usage").open()


async def test_putting_is_cheap_enough_for_the_event_loop(database, tmp_path, monkeypatch, blocking_watch):
    """Well below a millisecond each, with the file written."""
    monkeypatch.setattr("tandem.usage.recorder.CLOSE_SECONDS", 0.1)
    recorder = UsageRecorder(database, tmp_path)
    await recorder.open()
    events = [record() for _ in range(2000)]
    blocking_watch.stop()
    began = time.process_time()
    for event in events:
        recorder.put(event)
    each = (time.process_time() - began) / len(events)
    blocking_watch.start()
    await recorder.close()
    assert each < 0.0005
