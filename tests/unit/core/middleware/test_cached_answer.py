"""What is kept of an answer, what goes out of it, and how little of that the collector has to walk through."""

import gc
from datetime import UTC, datetime, timedelta

import pytest

from tandem.core.cache.entry import Lifetime, new_entry
from tandem.core.cache.memory import MemoryStore
from tandem.core.middleware.cached_answer import KEEP, Answer, AnswerCodec, SharedHeaders, answer_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
FILLS = {"at": lambda now: f"{now:%H:%M}"}
JSON = (b"content-type", b"application/json")


def made(body: bytes) -> Answer:
    """An answer that shows the time."""
    answer = answer_of(body, [JSON, (b"content-length", b"1"), (b"vary", b"Accept-Language")], FILLS, NOON)
    assert answer is not None
    return answer


def test_whole_and_unchanged():
    """Length, ETag and what the cache adds; a 304 tells nothing of a body."""
    answer = made(b'{"at":"12:00"}')
    ready = answer.at(NOON, FILLS)
    start = ready.start([(b"x-cache", b"hit")])
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    vary = (b"vary", b"Accept-Language, X-User-ID, Authorization, X-API-Key")
    more = [(b"etag", ready.etag), vary, KEEP, (b"x-cache", b"hit")]
    assert sorted(start["headers"]) == sorted([(b"content-length", b"14"), JSON, *more])
    unchanged = ready.unchanged([(b"x-cache", b"hit")])
    assert unchanged["status"] == 304
    assert sorted(unchanged["headers"]) == sorted(more)


def test_messages_are_new_each_time():
    """The layers above write into them."""
    ready = made(b'{"at":"12:00"}').at(NOON, FILLS)
    ready.start([])["headers"].append((b"x", b"y"))
    ready.unchanged([])["headers"].append((b"x", b"y"))
    assert (b"x", b"y") not in [*ready.start([])["headers"], *ready.unchanged([])["headers"]]


def test_the_time_is_filled_in_and_the_same_text_goes_out_as_the_same_object():
    """With its own ETag."""
    answer = made(b'{"more":1,"at":"12:00","end":2}')
    first = answer.at(NOON, FILLS)
    assert answer.at(NOON + timedelta(seconds=59), FILLS) is first
    assert answer.second == NOON.timestamp() + 59
    second = answer.at(NOON + timedelta(minutes=61), FILLS)
    assert second.body == b'{"more":1,"at":"13:01","end":2}'
    assert second.etag != first.etag
    assert answer.at(NOON, FILLS).etag == first.etag


@pytest.mark.parametrize(
    "body", [b"{}", b'{"at":"12:00","x":{"at":"12:00"}}', b'{"at":"noon"}', b'{"at":12}']
)
def test_a_place_that_is_not_certain_is_not_kept(body):
    """None, two, one of another length, one that is no text."""
    assert answer_of(body, [JSON], FILLS, NOON) is None


def test_bytes_and_back():
    """The same answer, whose headers are the object that others have."""
    answer, codec = made(b'{"at":"12:00"}'), AnswerCodec()
    back = codec.decode(codec.encode(answer))
    assert back == answer
    assert back.headers is answer.headers
    assert back.at(NOON, FILLS).body == b'{"at":"12:00"}'


def belonging(kept: object) -> list[object]:
    """All that the collector walks through because of ``kept``, but for what others have too."""
    found: dict[int, object] = {}
    ahead = [kept]
    while ahead:
        one = ahead.pop()
        if gc.is_tracked(one) and id(one) not in found and not isinstance(one, type | SharedHeaders):
            found[id(one)] = one
            ahead += gc.get_referents(one)
    return list(found.values())


async def test_a_kept_answer_is_three_objects_to_the_collector():
    """It walks through all of them in one go, while nobody is answered: thousands of answers are kept."""
    store = MemoryStore(NOON.timestamp)
    for count in range(100):
        answer = made(b'{"at":"12:00","count":%d}' % count)
        answer.at(NOON, FILLS).start([])
        entry = new_entry(answer, size=1, version=1, now=NOON.timestamp(), lifetime=Lifetime(60))
        await store.put(str(count), entry, (), store.mark(()), AnswerCodec())
    # Tuples of bytes and numbers are let go of when they are seen, and what holds only such ones when it is seen again.
    for generation in (0, 1, 2, 2):
        gc.collect(generation)
    for count in range(100):
        kept = store.peek(str(count))
        assert sorted(type(one).__name__ for one in belonging(kept)) == ["Answer", "Entry", "Ready"]
