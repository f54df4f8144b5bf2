"""Which routes are cached, declared by their authors in one line above the endpoint.

``@cached("hour")`` says that the answer depends on the clock no finer than by the hour; ``shows`` names fields that
only show the time and how they show it. The parameters of the key are those that the route declares, so none can
be forgotten; a route that reads what the key does not hold is refused at start.

``@cached_for(Lifetime(60, stale=60, errors=3600))`` is for data without versions, the same for every caller: prices, lists.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import FastAPI, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts

from tandem.core.cache.entry import Lifetime
from tandem.core.errors import ConfigurationError
from tandem.core.middleware.cached_answer import Fill

Bucket = Literal["minute", "hour", "day", "never"]
"""How often the answer changes by the clock alone."""

EVERYTHING: Final = "all"
"""A tag of every kept answer: who invalidates it clears the cache."""

KNOWN_HEADERS: Final = frozenset({"accept-language", "x-user-id", "authorization", "x-api-key"})
"""What of the headers is in the key: the language, and who asks."""

COMMON_HEADERS: Final = frozenset({"accept-language"})
"""What is in the key of an answer that is the same for everybody."""

LONGEST: Final[Mapping[Bucket, float]] = {"minute": 60, "hour": 3600, "day": 3600, "never": 3600}
"""Seconds that an answer is kept. That bounds memory: whether it is right is decided by version and bucket."""

DECLARED: Final = "__cached__"

ALONE: Final = 15.0
"""Seconds for which other processes wait for an answer without a version, unless its route says otherwise."""

LifetimeOf = Callable[[Mapping[str, str], datetime], Lifetime]
"""Says how long an answer is good, by its parameters (as they were sent) and the moment."""

E = TypeVar("E", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an endpoint's author said."""

    bucket: Bucket
    shows: Mapping[str, Fill]
    lifetime_of: LifetimeOf | None = None
    """None: the data has versions."""


def cached(bucket: Bucket, *, shows: Mapping[str, Fill] | None = None) -> Callable[[E], E]:
    """Declare that GET answers of the endpoint are kept, per user, role, language, parameters and data version.

    ``bucket`` is the finest unit of local time that the answer depends on. ``shows`` names JSON fields of
    type string, each present exactly once, that show the moment of the answer and nothing else.
    """

    def declare(endpoint: E) -> E:
        setattr(endpoint, DECLARED, Declaration(bucket, shows or {}))
        return endpoint

    return declare


def cached_for(
    lifetime: Lifetime | LifetimeOf, *, bucket: Bucket = "never", shows: Mapping[str, Fill] | None = None
) -> Callable[[E], E]:
    """Declare that GET answers of the endpoint are kept for ``lifetime``, for all callers alike.

    ``lifetime`` may be a function of the sent parameters and the moment: days long past are good for longer than today.
    In its ``stale`` seconds the old answer is given at once and made anew behind it; in its ``errors``
    seconds it stands in for an answer of 500, 502, 503 or 504. Both go out as ``X-Cache: stale`` with ``Age`` and
    ``X-Data-As-Of``. The endpoint may not read who asks; ``annotations.do_not_keep()`` leaves one answer out.
    """

    def declare(endpoint: E) -> E:
        chosen = (lambda _parameters, _now: lifetime) if isinstance(lifetime, Lifetime) else lifetime
        setattr(endpoint, DECLARED, Declaration(bucket, shows or {}, chosen))
        return endpoint

    return declare


@dataclass(slots=True)
class CachedRoute:
    """One route of the table."""

    route: APIRoute
    path: str
    bucket: Bucket
    shows: Mapping[str, Fill]
    parameters: frozenset[str]
    tags: tuple[str, ...]
    """By which an operator can make its answers unusable."""
    longest: Lifetime
    """Of answers whose data has versions."""
    lifetime_of: LifetimeOf | None
    pattern: re.Pattern[str] | None
    """For a path with parameters."""
    generation: int = field(default=0)
    """Raised with each of :attr:`tags`."""

    @property
    def is_common(self) -> bool:
        """Whether its answers are the same for everybody and have a lifetime instead of a version."""
        return self.lifetime_of is not None

    def lifetime(self, path: str, query: bytes, now: datetime) -> Lifetime:
        """Return how long the answer to a request at ``now`` is kept."""
        if self.lifetime_of is None:
            return self.longest
        found = None if self.pattern is None else self.pattern.match(path)
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        chosen = {name: value for name, value in given.items() if name in self.parameters}
        lifetime = self.lifetime_of(chosen | (found.groupdict() if found else {}), now)
        # What has no version comes from elsewhere and is dear: one process asks, the others wait.
        return lifetime if lifetime.alone else replace(lifetime, alone=ALONE)

    def bucket_of(self, now: datetime) -> int:
        """Return the number of the bucket that ``now`` (in the user's zone) falls into."""
        if self.bucket == "hour":
            return now.toordinal() * 24 + now.hour
        if self.bucket == "day":
            return now.toordinal()
        return now.toordinal() * 1440 + now.hour * 60 + now.minute if self.bucket == "minute" else 0


class CachedRoutes:
    """All cached routes of one app, found by path."""

    def __init__(self, owner: FastAPI) -> None:
        """Read the declarations; raises ConfigurationError for a route that cannot be cached."""
        self.all = list(_declared(owner))
        self.exact = {route.path: route for route in self.all if route.pattern is None}
        """Those whose path has no parameters."""
        self._open = [(route.pattern, route) for route in self.all if route.pattern is not None]

    @property
    def tags(self) -> list[str]:
        """All tags of routes."""
        return sorted({tag for route in self.all for tag in route.tags})

    def find(self, path: str) -> CachedRoute | None:
        """Return the cached route that serves ``path``."""
        found = self.exact.get(path)
        if found is None:
            for pattern, route in self._open:
                if pattern.match(path):
                    return route
        return found


def _declared(owner: FastAPI) -> Iterator[CachedRoute]:
    for context in iter_route_contexts(owner.routes):
        route = context.original_route
        if not isinstance(route, APIRoute) or "GET" not in (route.methods or ()):
            continue
        declaration: Declaration | None = getattr(route.endpoint, DECLARED, None)
        if declaration is None:
            continue
        needs = get_flat_params(route.dependant)
        known = KNOWN_HEADERS if declaration.lifetime_of is None else COMMON_HEADERS
        strange = [one.alias for one in needs if _is_unknown(one.field_info, one.alias, known)]
        if strange:
            raise ConfigurationError(f"{route.path} reads {strange}, which its cached answers would not know")
        yield CachedRoute(
            route=route, path=route.path, bucket=declaration.bucket, shows=declaration.shows,
            parameters=frozenset(one.alias for one in needs if isinstance(one.field_info, params.Query)),
            tags=(f"route:{route.path}", *(str(tag) for tag in route.tags), EVERYTHING),
            longest=Lifetime(LONGEST[declaration.bucket]), lifetime_of=declaration.lifetime_of,
            pattern=route.path_regex if "{" in route.path else None,
        )  # fmt: skip


def _is_unknown(info: object, alias: str, known: frozenset[str]) -> bool:
    """Whether a parameter is neither in the path, nor in the query, nor one of the ``known`` headers."""
    if isinstance(info, params.Header):
        return alias.lower() not in known
    return not isinstance(info, params.Path | params.Query)
