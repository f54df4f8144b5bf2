"""What was found out about a request, for those that come later with the very same bytes.

Most clients send the same path, query and headers again and again. What only those decide (the language, who asks, what is
counted, where the answer lies) is found out once; what else may change (the key, the clock, the data, the limits) is
looked at each time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tandem.core.auth.repository import Key
from tandem.core.cache.entry import Entry
from tandem.core.limits.caller import Caller
from tandem.core.limits.limiter import Seat
from tandem.core.limits.plan import Plan
from tandem.core.middleware.cached_answer import Answer, Headers, Ready
from tandem.core.middleware.cached_routes import CachedRoute

LONGEST: Final = 2_000
"""Bytes of headers and query of a request that is remembered."""

_LANGUAGE, _USER, _NONE_MATCH, _AUTHORIZATION, _API_KEY, _TRACE, _ODD = range(7)

_READ: Final = {
    b"accept-language": _LANGUAGE, b"x-user-id": _USER, b"if-none-match": _NONE_MATCH, b"authorization": _AUTHORIZATION,
    b"x-api-key": _API_KEY, b"x-request-id": _TRACE, b"traceparent": _TRACE, b"tracestate": _TRACE, b"origin": _ODD,
    b"cache-control": _ODD,
}  # fmt: skip
"""The headers that matter; a second one of a kind is odd as well."""

_BEARER: Final = b"Bearer "


@dataclass(slots=True)
class Told:
    """What the headers say."""

    language: bytes | None = None
    user: bytes | None = None
    if_none_match: bytes | None = None
    shown: bytes | None = None
    """The key."""
    traced: bool = False
    """Whether the caller names the request or its trace."""


def told_by(headers: Headers) -> Told | None:
    """Return what ``headers`` say; None for odd ones."""
    told = Told()
    for name, value in headers:
        kind = _READ.get(name)
        if kind is None:
            continue
        if kind == _AUTHORIZATION and told.shown is None and value[:7] == _BEARER:
            told.shown = value[7:]
        elif kind == _API_KEY and told.shown is None:
            told.shown = value
        elif kind == _TRACE:
            told.traced = True
        elif kind == _LANGUAGE and told.language is None:
            told.language = value
        elif kind == _USER and told.user is None:
            told.user = value
        elif kind == _NONE_MATCH and told.if_none_match is None:
            told.if_none_match = value
        else:
            return None
    return told


@dataclass(slots=True)
class KnownRequest:
    """One request, and where its answer is found. It holds no answer: those are bounded by the cache alone."""

    route: CachedRoute
    asked: tuple[Any, ...]
    """The reader's name for it."""
    if_none_match: bytes | None
    traced: bool
    key: Key | None
    """What it was let in by; None while authentication is off."""
    plan: Plan | None
    caller: Caller | None
    """None for one that must be told by the address."""

    path: str = field(init=False)
    """The template of :attr:`route`."""
    is_common: bool = field(init=False)
    """Whether the answer is the same for everybody."""

    # For one second of the clock and one generation of the route's tags.
    second: int = field(default=-1, init=False)
    generation: int = field(default=-1, init=False)
    user: str = field(default="", init=False)
    place: str = field(default="", init=False)
    """What the answer is kept under."""
    seat: Seat | None = field(default=None, init=False)
    """What is taken from, for a known :attr:`caller`."""
    _now: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Note what of the route is looked at each time."""
        self.path, self.is_common = self.route.path, self.route.is_common

    def put(self, known: str, now: datetime) -> None:
        """Find the place for ``now``; ``known`` is what the reader says of the request."""
        self.generation = self.route.generation
        self.second, self._now = int(now.timestamp()), now
        self.user = known.partition(" ")[0]
        self.place = f"{known} {self.route.bucket_of(now)} {self.generation}"

    def show(self, answer: Answer) -> Ready:
        """Return what goes out of ``answer`` in :attr:`second`."""
        return answer.ready if answer.second == self.second else answer.at(self._now, self.route.shows)

    def age(self, entry: Entry[Answer], moment: float) -> Headers:
        """Return the age of ``entry``, if it is told."""
        return [(b"age", b"%d" % max(0, moment - entry.made))] if self.is_common else _NOTHING


_NOTHING: Final[Headers] = []
