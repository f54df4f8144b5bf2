"""Which routes are cached, declared by their authors in one line above the endpoint.

``@cached("hour")`` says that the answer depends on the clock no finer than by the hour; ``shows`` names fields that
only show the time and how they show it. The parameters of the key are those that the route declares, so none can
be forgotten; a route that reads what the key does not hold is refused at start.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

from fastapi import FastAPI, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts

from tandem.core.cache.entry import Lifetime
from tandem.core.errors import ConfigurationError
from tandem.core.middleware.cached_answer import Fill

Bucket = Literal["minute", "hour", "day", "never"]
"""How often the answer changes by the clock alone."""

KNOWN_HEADERS: Final = frozenset({"accept-language", "x-user-id", "authorization", "x-api-key"})
"""What of the headers is in the key: the language, and who asks."""

LONGEST: Final[Mapping[Bucket, float]] = {"minute": 60, "hour": 3600, "day": 3600, "never": 3600}
"""Seconds that an answer is kept. That bounds memory: whether it is right is decided by version and bucket."""

DECLARED: Final = "__cached__"

E = TypeVar("E", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an endpoint's author said."""

    bucket: Bucket
    shows: Mapping[str, Fill]


def cached(bucket: Bucket, *, shows: Mapping[str, Fill] | None = None) -> Callable[[E], E]:
    """Declare that GET answers of the endpoint are kept, per user, role, language, parameters and data version.

    ``bucket`` is the finest unit of local time that the answer depends on. ``shows`` names JSON fields of
    type string, each present exactly once, that show the moment of the answer and nothing else.
    """

    def declare(endpoint: E) -> E:
        setattr(endpoint, DECLARED, Declaration(bucket, shows or {}))
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
    lifetime: Lifetime
    pattern: re.Pattern[str] | None
    """For a path with parameters."""
    generation: int = field(default=0)
    """Raised with each of :attr:`tags`."""

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
        self._exact = {route.path: route for route in self.all if route.pattern is None}
        self._open = [(route.pattern, route) for route in self.all if route.pattern is not None]

    @property
    def tags(self) -> list[str]:
        """All tags of routes."""
        return sorted({tag for route in self.all for tag in route.tags})

    def find(self, path: str) -> CachedRoute | None:
        """Return the cached route that serves ``path``."""
        found = self._exact.get(path)
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
        strange = [one.alias for one in needs if _is_unknown(one.field_info, one.alias)]
        if strange:
            raise ConfigurationError(f"{route.path} reads {strange}, which its cached answers would not know")
        yield CachedRoute(
            route=route, path=route.path, bucket=declaration.bucket, shows=declaration.shows,
            parameters=frozenset(one.alias for one in needs if isinstance(one.field_info, params.Query)),
            tags=(f"route:{route.path}", *(str(tag) for tag in route.tags), "all"),
            lifetime=Lifetime(LONGEST[declaration.bucket]), pattern=route.path_regex if "{" in route.path else None,
        )  # fmt: skip


def _is_unknown(info: object, alias: str) -> bool:
    """Whether a parameter is neither in the path, nor in the query, nor one of the known headers."""
    if isinstance(info, params.Header):
        return alias.lower() not in KNOWN_HEADERS
    return not isinstance(info, params.Path | params.Query)
