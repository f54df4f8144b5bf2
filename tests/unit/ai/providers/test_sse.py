"""Server-Sent Events by the standard, however the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.ai.providers.sse import Event, EventParser, EventTooLargeError

STREAM = (
    "\ufeff: a comment\r\nevent: greeting\r\ndata: první\r\ndata:  druhý ✓\r\nid: 7\r\n\r\n"
    "data\n\ndata\ndata\n\nretry: 1500\rdata:x\r\revent: lost\n\nunknown: field\ndata: 😀\n\ndata: cut off"
).encode()
EVENTS = [
    Event("první\n druhý ✓", "greeting", "7"),
    Event("", "message", "7"),
    Event("\n", "message", "7"),
    Event("x", "message", "7"),
    Event("😀", "message", "7"),
]


def read(*chunks, largest=1024):
    """Feed the chunks to a new parser."""
    parser = EventParser(largest)
    return [event for chunk in chunks for event in parser.feed(chunk)]


def test_fields_line_ends_comments_and_the_byte_order_mark_follow_the_standard():
    """One stream with everything in it gives the events that the standard says."""
    assert read(STREAM) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_where_the_stream_is_cut_makes_no_difference(cuts):
    """Any cut, also inside a character, a CR LF or the byte order mark, gives the same events."""
    places = [0, *sorted(cuts), len(STREAM)]
    assert read(*(STREAM[a:b] for a, b in pairwise(places))) == EVENTS


def test_byte_by_byte_gives_the_same_events():
    """The worst cut of all."""
    assert read(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.binary(max_size=300), st.integers(0, 300))
def test_no_bytes_can_make_it_fail(data, cut):
    """Rubbish is read as the standard reads it, cut or not."""
    assert read(data, largest=1 << 20) == read(data[:cut], data[cut:], largest=1 << 20)


def test_bytes_that_are_not_utf8_are_replaced():
    """A broken character does not cost the event."""
    assert read(b"data: a\xffb\n\n") == [Event("a�b")]


def test_an_id_with_a_null_and_a_retry_that_is_no_number_are_ignored():
    """Both keep their last good value."""
    parser = EventParser()
    events = parser.feed(b"id: 1\nretry: 10\ndata: a\n\nid: 2\0\nretry: soon\ndata: b\n\n")
    assert [event.id for event in events] == ["1", "1"]
    assert parser.retry == 10


@pytest.mark.parametrize(
    "chunks",
    [[b"data: " + b"x" * 600] * 2, [b"data: " + b"x" * 99 + b"\n"] * 12, [b"data\n"] * 1100, [b"x" * 1025]],
)
def test_what_never_ends_is_refused(chunks):
    """A line or an event beyond the bound raises instead of growing."""
    with pytest.raises(EventTooLargeError):
        read(*chunks)


def test_comments_without_end_take_no_room():
    """A provider may send heartbeats for hours."""
    parser = EventParser(100)
    for _ in range(1000):
        assert parser.feed(b": still processing\n") == []
    assert parser.feed(b"data: there\n\n") == [Event("there")]
