"""Segments and directories on disk."""

import errno
import os

import pytest

from tandem.usage.segments import Segment, listed, read
from tandem.usage.spill import SEGMENT_BYTES, Spill
from unit.usage.records import event_of, line, record


@pytest.fixture
def spill(tmp_path):
    """An opened spill."""
    opened = Spill(tmp_path / "usage")
    opened.open()
    yield opened
    opened.close()


def _events(path):
    return [event_of(one) for batch in read(path, 3) for one in batch.records]


def _drop(spill, path):
    path.unlink()
    spill.forget(path)


def test_a_torn_line_is_skipped_and_counted_and_nothing_else_is_lost(tmp_path):
    """At the end, in the middle, and a last line that lacks only its newline."""
    events = [record() for _ in range(8)]
    lines = [line(event) for event in events]
    path = tmp_path / "1.jsonl"
    path.write_bytes(
        b"".join(lines[:4]) + lines[4][:50] + b"\n" + b"\n" + b"".join(lines[5:7]) + lines[7][:-1]
    )
    batches = list(read(path, 3))
    assert [event_of(one) for batch in batches for one in batch.records] == events[:4] + events[5:]
    assert sum(batch.torn for batch in batches) == 1
    assert max(len(batch.records) for batch in batches) <= 3
    path.write_bytes(b"".join(lines[:4]) + lines[4][:50])
    assert _events(path) == events[:4]
    assert sum(batch.torn for batch in read(path, 3)) == 1


def test_a_write_that_fails_halfway_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    """A disk that fills up in the middle of a line."""
    segment = Segment(tmp_path / "1.jsonl")
    first, second = record(), record()
    segment.append(line(first))
    write = os.write
    answers = iter([lambda file, data: write(file, data[:30]), _no_space])

    def filling_up(file, data):
        return next(answers)(file, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", filling_up)
        with pytest.raises(OSError, match="full"):
            segment.append(line(record()))
    segment.append(line(second))
    segment.close()
    assert _events(segment.path) == [first, second]
    assert segment.size == segment.path.stat().st_size


def _no_space(*_):
    raise OSError(errno.ENOSPC, "full")


def test_the_only_segment_goes_on_growing_while_nothing_is_stored(spill):
    """An outage leaves few files behind, each of bounded size."""
    spill.append(line(record()))
    first, own = spill.oldest()
    assert own == 1
    for _ in range(100):
        spill.append(line(record()))
        assert spill.oldest() == (first, 1)
    assert len(listed(spill.directory)) == 2
    big = b"x" * (SEGMENT_BYTES // 4) + b"\n"
    for _ in range(9):
        spill.append(big)
    assert len(listed(spill.directory)) == 4
    assert spill.size == sum(path.stat().st_size for path in listed(spill.directory))
    while (found := spill.oldest()) is not None:
        _drop(spill, found[0])
    assert (spill.size, listed(spill.directory)) == (0, [])


def test_a_living_workers_directory_is_not_claimed_and_a_dead_ones_is_once(tmp_path):
    """The lock tells, and only one of several takes over."""
    root = tmp_path / "usage"
    dead, first, second = Spill(root), Spill(root), Spill(root)
    for one in (dead, first, second):
        one.open()
    event = record()
    dead.append(line(event))
    assert first.claimable() == []
    assert first.size_of_others() == dead.size
    dead.close()
    claims = [first.claimable(), second.claimable()]
    assert [len(found) for found in claims] == [1, 0]
    first.take(claims[0])
    assert first.has_claims
    assert first.oldest() is None
    path, own = first.oldest_claimed()
    assert (own, _events(path)) == (0, [event])
    _drop(first, path)
    assert first.oldest_claimed() is None
    assert not first.has_claims
    assert not dead.directory.exists()
    for one in (first, second):
        one.close()
    assert [path.name for path in root.iterdir()] == [".lock"]


def test_a_claim_that_was_not_finished_is_left_to_the_next(tmp_path):
    """Its worker ended before it could store what it had claimed."""
    root = tmp_path / "usage"
    dead, first, second = Spill(root), Spill(root), Spill(root)
    for one in (dead, first, second):
        one.open()
    dead.append(line(record()))
    dead.close()
    first.take(first.claimable())
    first.close()
    assert [claim.directory for claim in second.claimable()] == [dead.directory]
    second.close()


def test_a_spill_that_was_used_and_emptied_leaves_nothing(spill):
    """Not even a line that was written to try the disk."""
    spill.append(line(record()))
    _drop(spill, spill.oldest()[0])
    spill.try_out()
    assert spill.oldest() is None
    spill.close()
    assert not spill.directory.exists()


def test_a_directory_that_was_deleted_is_made_again(spill):
    """Somebody tidied up below our feet."""
    (spill.directory / "lock").unlink()
    spill.directory.rmdir()
    with pytest.raises(FileNotFoundError):
        spill.append(line(record()))
    spill.try_out()
    event = record()
    spill.append(line(event))
    assert _events(spill.oldest()[0]) == [event]
