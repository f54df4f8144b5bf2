"""Lines leave whole, in order and without holding anybody up."""

import contextlib
import os
import threading
import time

import orjson
import pytest

from tandem.core.observability.log_sink import FILE_LINE, PIPE_LINE, LineSink


def report(lost):
    """Tell of lost lines."""
    return b'{"lost":%d}\n' % lost


@pytest.fixture
def pipe():
    """A pipe whose ends are closed after the test."""
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def read_until(reader, enough):
    """Read lines until ``enough(lines)`` is true."""
    data, deadline = b"", time.monotonic() + 20
    while time.monotonic() < deadline:
        data += os.read(reader, 65536)
        lines = data.split(b"\n")[:-1]
        if data.endswith(b"\n") and enough(lines):
            return lines
    raise AssertionError("the lines did not come")


def test_lines_arrive_in_order(pipe):
    """What is written first is read first, and close waits for the last."""
    reader, writer = pipe
    sink = LineSink(writer, report)
    for number in range(500):
        sink.write(b"%d\n" % number)
    sink.close()
    assert read_until(reader, lambda lines: len(lines) == 500) == [b"%d" % n for n in range(500)]
    assert sink.dropped == 0


def test_a_slow_reader_costs_lines_and_not_time(pipe):
    """With nobody reading, writing stays quick and bounded; then whole lines and the number of lost ones come."""
    reader, writer = pipe
    sink = LineSink(writer, report, queued=1000)
    line = b'{"x":"' + b"x" * 200 + b'"}\n'
    started = time.thread_time()
    for _ in range(20_000):
        sink.write(line)
    assert time.thread_time() - started < 2.0
    assert len(sink._lines) <= 1000
    assert sink.dropped > 15_000

    def complete(lines):
        lost = sum(orjson.loads(one).get("lost", 0) for one in lines)
        return lost == sink.dropped and lines.count(line[:-1]) == 20_000 - lost

    assert read_until(reader, complete)
    sink.close()


def test_a_stuck_output_does_not_keep_the_process(pipe):
    """Close gives up after its time."""
    reader, writer = pipe
    sink = LineSink(writer, report)
    for _ in range(2_000):
        sink.write(b"x" * 200 + b"\n")
    started = time.monotonic()
    sink.close(timeout=0.2)
    assert 0.1 < time.monotonic() - started < 5
    read_until(reader, lambda lines: len(lines) == 2_000)
    sink.close()


def test_a_closed_output_drops_and_counts(pipe):
    """A reader that went away is no error for those who log."""
    reader, writer = pipe
    os.close(reader)
    sink = LineSink(writer, report)
    sink.write(b"gone\n")
    sink.close()
    assert sink.dropped == 1


def test_lines_after_close_are_written_too(pipe):
    """A late line, as of another exit handler, starts the writer again."""
    reader, writer = pipe
    sink = LineSink(writer, report)
    sink.write(b"first\n")
    sink.close()
    sink.write(b"second\n")
    sink.close()
    assert read_until(reader, lambda lines: len(lines) == 2) == [b"first", b"second"]


def test_a_non_blocking_output_is_waited_for(pipe):
    """Whoever shares the pipe may have made it non-blocking: nothing is lost then either."""
    reader, writer = pipe
    os.set_blocking(writer, False)
    sink = LineSink(writer, report)
    for number in range(3_000):
        sink.write(b"%0100d\n" % number)
    lines = read_until(reader, lambda lines: len(lines) == 3_000)
    assert [int(line) for line in lines] == list(range(3_000))
    sink.close()


def test_lines_of_several_workers_are_not_mixed(pipe):
    """Two sinks on one pipe: every line comes out as it went in."""
    reader, writer = pipe
    sinks = [LineSink(writer, report, queued=100_000) for _ in range(3)]

    def work(sink, letter):
        for number in range(1_500):
            sink.write(letter * (number % 3_000 + 1) + b"\n")

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(sinks, (b"a", b"b", b"c"), strict=True)
    ]
    for thread in threads:
        thread.start()
    lines = read_until(reader, lambda lines: len(lines) == 4_500)
    for thread in threads:
        thread.join()
    assert all(len(set(line)) == 1 for line in lines)
    assert sum(map(len, lines)) == 3 * sum(range(1, 1_501))
    for sink in sinks:
        sink.close()


def test_pipes_take_shorter_lines_than_files(pipe, tmp_path):
    """Only on a pipe do lines of several writers meet."""
    with (tmp_path / "log").open("wb") as file:
        assert LineSink(file.fileno(), report).longest == FILE_LINE
    assert LineSink(pipe[1], report).longest == PIPE_LINE


def test_a_forked_child_writes_its_own_lines_once(pipe):
    """Lines that wait at a fork are the parent's to write; the child's come from the child."""
    reader, writer = pipe
    sink = LineSink(writer, report)
    sink.write(b"parent\n")
    child = os.fork()
    if child == 0:
        sink.write(b"child\n")
        sink.close()
        os._exit(0)
    os.waitpid(child, 0)
    sink.close()
    os.close(writer)
    assert sorted(os.read(reader, 1000).splitlines()) == [b"child", b"parent"]


def test_what_waits_unmade_keeps_its_place(pipe):
    """Lines made by the writer stand where they were given, and one that cannot be made is counted and harms no other."""
    reader, writer = pipe
    sink = LineSink(writer, report, make=lambda parts: b"%d\n" % (parts[0] // parts[1]))
    sink.write(b"first\n")
    sink.later((4, 2))
    sink.later((1, 0))
    sink.write(b"last\n")
    sink.close()
    assert read_until(reader, lambda lines: len(lines) == 4) == [b"first", b"2", b"last", b'{"lost":1}']
    assert sink.dropped == 1
