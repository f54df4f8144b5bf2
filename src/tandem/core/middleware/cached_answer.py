"""An answer as it is kept: the bytes and headers that go out, and the places where only the time is shown."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

Headers = list[tuple[bytes, bytes]]
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


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the value of ``name`` stands in the body."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 that may be kept; immutable."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """Without length, ETag and what the cache adds."""
    slots: tuple[Slot, ...] = ()
    ready: "Ready" = field(init=False, compare=False, repr=False)
    shown: "list[Any]" = field(init=False, compare=False, repr=False)
    """The texts filled in last, and what went out with them: the same for many hits."""

    def __post_init__(self) -> None:
        """Put together what goes out with each hit."""
        object.__setattr__(self, "ready", Ready(self.body, self.headers))
        object.__setattr__(self, "shown", [None, self.ready])

    def at(self, now: datetime, fills: Mapping[str, Fill]) -> "Ready":
        """Return what goes out at ``now``: the time is filled in where the body shows it."""
        if not self.slots:
            return self.ready
        texts = [fills[slot.name](now) for slot in self.slots]
        if texts == self.shown[0]:
            found: Ready = self.shown[1]
            return found
        parts, place = [], 0
        for slot, text in zip(self.slots, texts, strict=True):
            parts += [self.body[place : slot.start], text.encode()]
            place = slot.end
        ready = Ready(b"".join([*parts, self.body[place:]]), self.headers)
        self.shown[:] = [texts, ready]
        return ready


class Ready:
    """The messages of one answer, put together once."""

    __slots__ = ("_few", "_hit", "_whole", "body", "etag", "quick")

    def __init__(self, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """Prepare ``body``."""
        self.etag = etag_of(body)
        common: Headers = [(b"etag", self.etag), KEEP]
        self._whole = [(b"content-length", str(len(body)).encode()), *headers, *common]
        # What a 304 repeats (RFC 9110, 15.4.5): nothing about a body that is not there.
        self._few = [pair for pair in headers if pair[0] != b"content-type"] + common
        self.body: Message = {"type": "http.response.body", "body": body}
        self._hit = [*self._whole, (b"x-cache", b"hit")]
        self.quick: tuple[Headers, Headers] | None = None
        """What :meth:`prepared` returned before."""

    def hit(self) -> Message:
        """Return the first message of a hit; a new one each time, because layers above write into it."""
        return {"type": "http.response.start", "status": 200, "headers": self._hit.copy()}

    def prepared(self, common: tuple[tuple[bytes, bytes], ...]) -> tuple[Headers, Headers]:
        """Return the headers of a hit and of a 304, with those of ``common`` that they have not; remembered."""
        if self.quick is None:
            present = {name for name, _ in self._hit}
            missing = [pair for pair in common if pair[0] not in present]
            self.quick = [*self._hit, *missing], [*self._few, (b"x-cache", b"hit"), *missing]
        return self.quick

    def start(self, more: Headers) -> Message:
        """Return the first message of the whole answer."""
        return {"type": "http.response.start", "status": 200, "headers": self._whole + more}

    def unchanged(self, more: Headers) -> Message:
        """Return the first message of a 304."""
        return {"type": "http.response.start", "status": 304, "headers": self._few + more}


def answer_of(body: bytes, headers: Headers, fills: Mapping[str, Fill], now: datetime) -> Answer | None:
    """Return what may be kept; None when a place that shows the time is not found for certain."""
    slots = []
    for name in fills:
        slot = _find(body, name)
        if slot is None or slot.end - slot.start != len(fills[name](now)):
            return None
        slots.append(slot)
    kept = [(name, value) for name, value in headers if name not in _DROPPED and name != b"vary"]
    varies = b", ".join([value for name, value in headers if name == b"vary"] + [VARY])
    return Answer(body, (*kept, (b"vary", varies)), tuple(sorted(slots, key=lambda slot: slot.start)))


def _find(body: bytes, name: str) -> Slot | None:
    """Find the one value of ``name``; inside a JSON string no quote stands without its backslash."""
    sign = b'"%b":"' % name.encode()
    start = body.find(sign)
    if start < 0 or body.find(sign, start + 1) >= 0:
        return None
    start += len(sign)
    end = body.find(b'"', start)
    return None if end < 0 else Slot(name, start, end)


class AnswerCodec:
    """Headers and slots as one line of JSON, then the body."""

    schema: str = "answer:2"

    def encode(self, value: Answer) -> bytes:
        """Return the bytes of ``value``."""
        head = {
            "h": [[one.decode("latin-1") for one in pair] for pair in value.headers],
            "s": [[slot.name, slot.start, slot.end] for slot in value.slots],
        }
        return orjson.dumps(head) + b"\n" + value.body

    def decode(self, content: bytes) -> Answer:
        """Return the answer; raises ValueError for bytes that are none."""
        head, _, body = content.partition(b"\n")
        try:
            told = orjson.loads(head)
            headers = tuple([(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["h"]])
            return Answer(body, headers, tuple([Slot(str(n), int(s), int(e)) for n, s, e in told["s"]]))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("not an answer of ours") from error
