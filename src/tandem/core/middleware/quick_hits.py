"""The shortest way to a kept answer: what all layers do for a hit, done in one place, without entering them.

Nothing is decided here that the layers would decide otherwise: whatever is not plain (another method, a page of another
origin, a ``Cache-Control``, a key that is not held, a limit that is reached, an answer that is not kept or not current) goes
through the layers as if this did not exist. A test holds both ways to the same answers. Measured by
``bench/hit_cost.py``: less than half of what the layers need.

Counted against the caller's limits, in the metrics and in the access log like any other answer. Fail mode: none of its own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tandem.core.auth.access import Access, Need
from tandem.core.auth.directory import KeyDirectory
from tandem.core.auth.scopes import IDENTITY, Identity, allows
from tandem.core.cache.entry import Entry
from tandem.core.limits.limits import Limits
from tandem.core.limits.plan import Plan
from tandem.core.middleware.cache_headers import matches
from tandem.core.middleware.cache_request import REMEMBERED
from tandem.core.middleware.cached_answer import Answer, Headers, Message, Ready
from tandem.core.middleware.cached_routes import CachedRoute
from tandem.core.middleware.correlation import App, Observer, Receive, Scope, Send
from tandem.core.middleware.response_cache import Backing, ResponseCache
from tandem.core.middleware.trusted_hosts import TrustedHostsMiddleware
from tandem.core.observability import tracing
from tandem.core.observability.access_line import Identifiers
from tandem.core.observability.identifiers import new_pair
from tandem.core.observability.logger import Logger

LANGUAGE, USER, NONE_MATCH, AUTHORIZATION, API_KEY, TRACE, ODD = range(7)

_READ: Final = {
    b"accept-language": LANGUAGE, b"x-user-id": USER, b"if-none-match": NONE_MATCH, b"authorization": AUTHORIZATION,
    b"x-api-key": API_KEY, b"x-request-id": TRACE, b"traceparent": TRACE, b"tracestate": TRACE, b"origin": ODD,
    b"cache-control": ODD,
}  # fmt: skip
"""The headers that matter; a second one of a kind is odd as well."""

_BEARER: Final = b"Bearer "


@dataclass(frozen=True, slots=True)
class Layers:
    """What the layers work with."""

    responses: ResponseCache
    observer: Observer
    log: Logger
    security: tuple[tuple[bytes, bytes], ...]
    limits: Limits | None
    directory: Callable[[], KeyDirectory | None] | None
    """None while authentication is off."""
    access: Access
    hosts: TrustedHostsMiddleware | None


class QuickHits:
    """Pure ASGI, around everything."""

    def __init__(self, app: App, layers: Layers) -> None:
        """Wrap ``app``, which has ``layers`` of its own."""
        self._app = app
        self._layers = layers
        self._responses = layers.responses
        self._limiter = None if layers.limits is None else layers.limits.limiter
        self._plans: dict[str, Plan | None] = {}
        self._needs: dict[str, Need] = {}
        # Where an answer lies, by what was asked: good for one clock bucket and one generation of the route's tags.
        self._places: dict[tuple[Any, ...], tuple[str, str, int, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = time.perf_counter()
        found = None
        if scope["type"] == "http" and scope["method"] == "GET":
            found = self._find(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        start, body, route, ids = found
        status = start["status"]
        try:
            await send(start)
            await send(body)
        finally:
            seconds = time.perf_counter() - started
            self._layers.observer.observe("GET", route.path, status, seconds)
            self._layers.log.access("GET", route.path, status, seconds, ids)

    def _find(  # noqa: PLR0911 - each return is one reason to take the long way
        self, scope: Scope
    ) -> tuple[Message, Message, CachedRoute, Identifiers] | None:
        """Return what to send; None for what the layers had better see."""
        backing, routes = self._responses.backing, self._responses.routes
        route = None if backing is None or routes is None else routes.exact.get(scope["path"])
        if backing is None or route is None or scope.get("root_path"):
            return None
        hosts = self._layers.hosts
        if hosts is not None and not hosts.trusts(scope):
            return None
        told = _told(scope["headers"])
        if told is None:
            return None
        language, user, if_none_match, shown, traced = told
        who = None
        if self._layers.directory is not None:
            identity = self._identity(shown, route.path)
            if identity is None:
                return None
            scope[IDENTITY], who = identity, (identity.user, identity.scope)
        ready_at = self._kept(backing, route, (route.path, scope["query_string"], language, user, who))
        if ready_at is None:
            return None
        ready, age = ready_at
        limited = self._limited(scope, route.path)
        if limited is None:
            return None
        if traced:
            context = tracing.read(scope["headers"])
            ids, own = context[:3], context.response_headers()
        else:
            request_id, span_id = new_pair()
            ids = (request_id, request_id, span_id)
            parent = f"00-{request_id}-{span_id}-01".encode()
            own = [(b"x-request-id", request_id.encode()), (b"traceparent", parent)]
        self._responses.hits += 1
        whole, few = ready.quick or ready.prepared(self._layers.security)
        if if_none_match is not None and (if_none_match == ready.etag or matches(if_none_match, ready.etag)):
            start = {"type": "http.response.start", "status": 304, "headers": [*few, *age, *own, *limited]}
            return start, {"type": "http.response.body", "body": b""}, route, ids
        start = {"type": "http.response.start", "status": 200, "headers": [*whole, *age, *own, *limited]}
        return start, ready.body, route, ids

    def _identity(self, shown: bytes | None, path: str) -> Identity | None:
        """Return who asks, if that is known at once and allowed."""
        directory = self._layers.directory() if self._layers.directory is not None else None
        if directory is None or shown is None:
            return None
        identity = directory.identify_held(shown.decode("latin-1"))
        if identity is None:
            return None
        needed = self._needs.get(path)
        if needed is None:
            needed = self._needs[path] = self._layers.access.needed("GET", path)
        # What is open needs no key; the layers do not even look at one there.
        return identity if needed != "open" and allows(identity.scope, needed) else None

    def _kept(
        self, backing: Backing, route: CachedRoute, asked: tuple[Any, ...]
    ) -> "tuple[Ready, Headers] | None":
        """Return what is kept and current, with its age if that is told; ``asked`` is the reader's name for it."""
        now = backing.clock.now()
        bucket = route.bucket_of(now)
        place = self._places.get(asked)
        if place is None or place[2] != bucket or place[3] != route.generation:
            known = self._responses.reader.known.get(asked)
            if known is None:
                return None
            place = known.partition(" ")[0], f"{known} {bucket} {route.generation}", bucket, route.generation
            if len(self._places) >= REMEMBERED:
                self._places.clear()
            self._places[asked] = place
        entry: Entry[Answer] | None = backing.cache.memory.peek(place[1])
        if entry is None:
            return None
        answer = entry.value
        if route.is_common:
            moment = now.timestamp()
            if moment >= entry.fresh_until:
                return None
            age = [(b"age", b"%d" % max(0, moment - entry.made))]
            return answer.at(now, route.shows), age
        version = backing.board.current(place[0])
        if version is None or entry.version < version:
            return None
        return (answer.at(now, route.shows) if answer.slots else answer.ready), _NOTHING

    def _limited(self, scope: Scope, path: str) -> "tuple[tuple[bytes, bytes], ...] | None":
        """Count the request; returns the headers that tell so, None for one that the limits' own layer must see."""
        limiter = self._limiter
        if limiter is None:
            return ()
        if path in self._plans:
            plan = self._plans[path]
        else:
            plan = self._plans[path] = limiter.plan(scope, path)
        return () if plan is None else limiter.take_now(plan, limiter.caller(scope))


_NOTHING: Final[Headers] = []


def _told(
    headers: Headers,
) -> "tuple[bytes | None, bytes | None, bytes | None, bytes | None, bool] | None":
    """Return language, user, If-None-Match, the key that is shown, and whether a trace is told; None for odd ones."""
    language = user = if_none_match = shown = None
    traced = False
    for name, value in headers:
        kind = _READ.get(name)
        if kind is None:
            continue
        if kind == AUTHORIZATION and shown is None and value[:7] == _BEARER:
            shown = value[7:]
        elif kind == API_KEY and shown is None:
            shown = value
        elif kind == TRACE:
            traced = True
        elif kind == LANGUAGE and language is None:
            language = value
        elif kind == USER and user is None:
            user = value
        elif kind == NONE_MATCH and if_none_match is None:
            if_none_match = value
        else:
            return None
    return language, user, if_none_match, shown, traced
