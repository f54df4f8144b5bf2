"""An answer as it is kept: the bytes and headers that go out, and the places where only the time is shown."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson

Pair = tuple[bytes, bytes]
Headers = list[Pair]
Message = dict[str, Any]
Fill = Callable[[datetime], str]
"""Writes a moment as one field shows it, always with the same length and no finer than in whole seconds."""

VARY: Final = b"X-User-ID, Authorization, X-API-Key"
"""Beside what the endpoint itself names: the body is one caller's."""

# A browser may keep the answer, and has to ask each time whether it still holds: that is what the ETag is for.
KEEP: Final = (b"cache-control", b"private, no-cache")

_DROPPED: Final = frozenset({b"content-length", b"etag", b"x-cache", b"cache-control", b"date", b"server"})


def etag_of(body: bytes) -> bytes:
    """Return the strong validator of ``body``."""
    return b'"' + hashlib.blake2b(body, digest_size=16).hexdigest().encode() + b'"'


Slot = tuple[str, int, int]
"""Where the value of a field stands in the body: the field's name, start and end."""


class SharedHeaders:
    """The headers of many answers: all but their lengths and ETags. Compared as objects, not by what they hold."""

    __slots__ = ("few", "pairs", "whole")

    def __init__(self, pairs: tuple[Pair, ...]) -> None:
        """Put together what goes out beside ``pairs``."""
        self.pairs = pairs
        self.whole = (*pairs, KEEP)
        self.few = tuple([pair for pair in self.whole if pair[0] != b"content-type"])
        """What a 304 repeats (RFC 9110, 15.4.5): nothing about a body that is not there."""


@lru_cache(maxsize=256)
def shared(pairs: tuple[Pair, ...]) -> SharedHeaders:
    """Return the headers that are ``pairs``: the same object for many answers."""
    return SharedHeaders(pairs)


@dataclass(slots=True)
class Answer:
    """A 200 that may be kept; shared by all who read it.

    Thousands of these live as long as the process, and the collector walks through all that belongs to each: so they are
    made of few objects.
    """

    body: bytes
    headers: SharedHeaders
    """Without length, ETag and what the cache adds."""
    slots: tuple[Slot, ...] = ()
    second: int = field(default=-1, init=False, compare=False, repr=False)
    """The second since the epoch for which :attr:`ready` holds for certain: no field shows a finer time."""
    ready: "Ready" = field(init=False, compare=False, repr=False)
    """What :meth:`at` returned last; not set before."""
    _texts: tuple[str, ...] | None = field(default=None, init=False, compare=False, repr=False)

    def at(self, now: datetime, fills: Mapping[str, Fill]) -> "Ready":
        """Return what goes out at ``now``: the time is filled in where the body shows it."""
        texts = tuple([fills[name](now) for name, _, _ in self.slots]) if self.slots else ()
        if texts != self._texts:
            self._texts, self.ready = texts, Ready(self._filled(texts), self.headers)
        self.second = int(now.timestamp())
        return self.ready

    def _filled(self, texts: tuple[str, ...]) -> bytes:
        parts, place = [], 0
        for (_, start, end), text in zip(self.slots, texts, strict=True):
            parts += [self.body[place:start], text.encode()]
            place = end
        return b"".join([*parts, self.body[place:]]) if parts else self.body


class Ready:
    """What goes out of one answer, and what its messages are put together from."""

    __slots__ = ("body", "etag", "headers", "length")

    def __init__(self, body: bytes, headers: SharedHeaders) -> None:
        """Prepare ``body``."""
        self.body, self.headers = body, headers
        self.etag, self.length = etag_of(body), b"%d" % len(body)

    def start(self, more: Headers) -> Message:
        """Return the first message of the whole answer; a new one each time, because layers above write into it."""
        own = (b"content-length", self.length), (b"etag", self.etag)
        return {"type": "http.response.start", "status": 200, "headers": [*own, *self.headers.whole, *more]}

    def unchanged(self, more: Headers) -> Message:
        """Return the first message of a 304."""
        headers = [(b"etag", self.etag), *self.headers.few, *more]
        return {"type": "http.response.start", "status": 304, "headers": headers}


def answer_of(body: bytes, headers: Headers, fills: Mapping[str, Fill], now: datetime) -> Answer | None:
    """Return what may be kept; None when a place that shows the time is not found for certain."""
    slots = []
    for name in fills:
        slot = _find(body, name)
        if slot is None or slot[2] - slot[1] != len(fills[name](now)):
            return None
        slots.append(slot)
    kept = [(name, value) for name, value in headers if name not in _DROPPED and name != b"vary"]
    varies = b", ".join([value for name, value in headers if name == b"vary"] + [VARY])
    return Answer(body, shared((*kept, (b"vary", varies))), tuple(sorted(slots, key=lambda slot: slot[1])))


def _find(body: bytes, name: str) -> Slot | None:
    """Find the one value of ``name``; inside a JSON string no quote stands without its backslash."""
    sign = b'"%b":"' % name.encode()
    start = body.find(sign)
    if start < 0 or body.find(sign, start + 1) >= 0:
        return None
    start += len(sign)
    end = body.find(b'"', start)
    return None if end < 0 else (name, start, end)


class AnswerCodec:
    """Headers and slots as one line of JSON, then the body."""

    schema: str = "answer:2"

    def encode(self, value: Answer) -> bytes:
        """Return the bytes of ``value``."""
        head = {
            "h": [[one.decode("latin-1") for one in pair] for pair in value.headers.pairs],
            "s": value.slots,
        }
        return orjson.dumps(head) + b"\n" + value.body

    def decode(self, content: bytes) -> Answer:
        """Return the answer; raises ValueError for bytes that are none."""
        head, _, body = content.partition(b"\n")
        try:
            told = orjson.loads(head)
            headers = tuple([(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["h"]])
            return Answer(body, shared(headers), tuple([(str(n), int(s), int(e)) for n, s, e in told["s"]]))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("not an answer of ours") from error
