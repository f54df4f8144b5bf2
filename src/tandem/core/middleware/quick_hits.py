"""The shortest way to a kept answer: what all layers do for a hit, done in one place, without entering them.

Nothing is decided here that the layers would decide otherwise: whatever is not plain (another method, a page of another
origin, a ``Cache-Control``, a key that is not held, a limit that is reached, an answer that is not kept or not current) goes
through the layers as if this did not exist. A test holds both ways to the same answers. Measured by
``bench/hit_cost.py``: less than half of what the layers need.

Counted against the caller's limits, in the metrics and in the access log like any other answer. Fail mode: none of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tandem.core.auth.access import Access, Need
from tandem.core.auth.directory import KeyDirectory
from tandem.core.auth.repository import Key
from tandem.core.auth.scopes import IDENTITY, allows
from tandem.core.cache.entry import Entry
from tandem.core.limits.limits import Limits
from tandem.core.middleware.cache_headers import matches
from tandem.core.middleware.cache_request import asked_name
from tandem.core.middleware.cached_answer import Answer, Message, Pair, SharedHeaders
from tandem.core.middleware.cached_routes import CachedRoute
from tandem.core.middleware.correlation import Observer, Scope
from tandem.core.middleware.known_request import LONGEST, KnownRequest, told_by
from tandem.core.middleware.response_cache import Backing, ResponseCache
from tandem.core.middleware.trusted_hosts import TrustedHostsMiddleware
from tandem.core.observability import tracing
from tandem.core.observability.access_line import Identifiers
from tandem.core.observability.identifiers import new_traceparent
from tandem.core.observability.logger import Logger

REMEMBERED: Final = 8_192
"""Requests that are known, with at most :data:`LONGEST` bytes each."""

_PAIRS: Final = 8_192
"""Headers of them that are held once, however many requests have them."""

_SHARED: Final = 1_024
"""Headers of answers for which what goes out with a hit is remembered."""


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


Hit = tuple[Message, Message, int, str, Identifiers]
"""The two messages of an answer; status, path of the route and identifiers, to note it by."""

_START: Final = "http.response.start"
_BODY: Final = "http.response.body"
_HIT: Final = (b"x-cache", b"hit")


class QuickHits:
    """Finds kept answers, in front of an app that has the same layers."""

    def __init__(self, layers: Layers) -> None:
        """Do what ``layers`` would."""
        self._layers = layers
        self._responses = layers.responses
        self._observe, self._log = layers.observer.observe, layers.log.access
        self._limiter = None if layers.limits is None else layers.limits.limiter
        self._needs: dict[str, Need] = {}
        self._backing: Backing | None = None
        # Asks the directory that gave the keys of what is known.
        self._still_holds: Callable[[Key], bool] = _never
        # By path, query and headers. A key's text stands in them, so they are never shown and go when their places are needed.
        self._known: dict[tuple[Any, ...], KnownRequest] = {}
        self._pairs: dict[Pair, Pair] = {}
        self._common: dict[SharedHeaders, tuple[tuple[Pair, ...], tuple[Pair, ...]]] = {}

    def note(self, hit: Hit, seconds: float) -> None:
        """Count and log what was sent, or tried to be, in ``seconds``."""
        self._observe("GET", hit[3], hit[2], seconds)
        self._log("GET", hit[3], hit[2], seconds, hit[4])

    def find(self, scope: Scope) -> Hit | None:
        """Return the answer to a GET, which is counted against its limits now; None for what the layers had better see."""
        backing = self._responses.backing
        if backing is not self._backing:
            # The service was started again: other clocks, keys and routes.
            self._backing = backing
            self._known.clear()
        known = self._known.get(_name(scope)) or self._meet(scope)
        if known is None or backing is None:
            return None
        if known.key is not None and not self._still_holds(known.key):
            # It is asked anew next time, should the key be known again.
            self._known.pop(_name(scope), None)
            return None
        moment = backing.clock.timestamp()
        entry = self._kept(backing, known, moment)
        limited = None if entry is None else self._limited(known, scope)
        if entry is None or limited is None:
            return None
        ready = known.show(entry.value)
        ids: Identifiers
        if known.traced:
            context = tracing.read(scope["headers"])
            ids, own = context[:3], context.response_headers()
        else:
            ids = parent = new_traceparent()
            own = [(b"x-request-id", parent[3:35]), (b"traceparent", parent)]
        self._responses.hits += 1
        whole, few = self._common.get(ready.headers) or self._common_of(ready.headers)
        wanted, etag = known.if_none_match, (b"etag", ready.etag)
        if wanted is not None and (wanted == ready.etag or matches(wanted, ready.etag)):
            headers = [etag, *few, *known.age(entry, moment), *own, *limited]
            return {"type": _START, "status": 304, "headers": headers}, _NO_BODY, 304, known.path, ids
        headers = [(b"content-length", ready.length), etag, *whole, *known.age(entry, moment), *own, *limited]
        start = {"type": _START, "status": 200, "headers": headers}
        return start, {"type": _BODY, "body": ready.body}, 200, known.path, ids

    def _meet(self, scope: Scope) -> KnownRequest | None:
        """Find out about a request that is not known; None for one that the layers had better see."""
        routes, hosts = self._responses.routes, self._layers.hosts
        if scope.get("root_path") or self._backing is None:
            return None
        route = None if routes is None else routes.exact.get(scope["path"])
        told = None if route is None else told_by(scope["headers"])
        if route is None or told is None or (hosts is not None and not hosts.trusts(scope)):
            return None
        identity = caller = key = plan = None
        if self._layers.directory is not None:
            directory = self._layers.directory()
            key = None if directory is None or told.shown is None else self._key(directory, told.shown, route)
            if directory is None or key is None:
                return None
            self._still_holds = directory.still_holds
            scope[IDENTITY] = identity = key.identity
        if self._limiter is not None:
            plan = self._limiter.plan(scope, route.path)
            caller = None if identity is None else self._limiter.caller(scope)
        asked = asked_name(route.path, scope["query_string"], told.language, told.user, identity)
        known = KnownRequest(route, asked, told.if_none_match, told.traced, key, plan, caller)
        # Who names each request sends none twice.
        length = sum([len(k) + len(v) for k, v in scope["headers"]], len(scope["query_string"]))
        if not told.traced and length <= LONGEST:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[self._lasting_name(scope)] = known
        return known

    def _lasting_name(self, scope: Scope) -> tuple[Any, ...]:
        """Return :func:`_name` out of headers that other names have too: clients differ in few of theirs."""
        pairs = self._pairs
        if len(pairs) >= _PAIRS:
            pairs.clear()
        return (
            scope["path"],
            scope["query_string"],
            *[pairs.setdefault(pair, pair) for pair in scope["headers"]],
        )

    def _key(self, directory: KeyDirectory, shown: bytes, route: CachedRoute) -> Key | None:
        """Return the key that is shown, if it is known at once and allows to read ``route``."""
        key = directory.held(shown.decode("latin-1"))
        if key is None:
            return None
        needed = self._needs.get(route.path)
        if needed is None:
            needed = self._needs[route.path] = self._layers.access.needed("GET", route.path)
        # What is open needs no key; the layers do not even look at one there.
        return key if needed != "open" and allows(key.scope, needed) else None

    def _common_of(self, headers: SharedHeaders) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
        """Return the headers of a hit and of a 304: those of the answer, and the security headers that it has not; remembered."""
        present = {name for name, _ in headers.whole}
        missing = [pair for pair in self._layers.security if pair[0] not in present]
        if len(self._common) >= _SHARED:
            self._common.clear()
        found = (*headers.whole, _HIT, *missing), (*headers.few, _HIT, *missing)
        self._common[headers] = found
        return found

    def _kept(self, backing: Backing, known: KnownRequest, moment: float) -> Entry[Answer] | None:
        """Return what is kept and current at ``moment``."""
        if known.second == int(moment) and known.generation == known.route.generation:
            entry: Entry[Answer] | None = backing.cache.memory.glance(known.place)
        else:
            entry = self._placed(backing, known)
        if entry is None:
            return None
        if known.is_common:
            if moment >= entry.fresh_until:
                return None
        else:
            version = backing.board.current(known.user)
            if version is None or entry.version < version:
                return None
        return entry

    def _placed(self, backing: Backing, known: KnownRequest) -> Entry[Answer] | None:
        """Look for the answer's place and the caller's accounts; once a second is enough, for counting as used too."""
        place = self._responses.reader.known.get(known.asked)
        if place is None:
            return None
        known.put(place, backing.clock.now())
        if self._limiter is not None and known.plan is not None and known.caller is not None:
            known.seat = self._limiter.seat(known.plan, known.caller)
        return backing.cache.memory.peek(known.place)

    def _limited(self, known: KnownRequest, scope: Scope) -> tuple[tuple[bytes, bytes], ...] | None:
        """Take the request from its limits; returns the headers that tell of them, None where the layers must decide."""
        seat, limiter = known.seat, self._limiter
        if limiter is None or known.plan is None:
            return ()
        if seat is None:
            seat = limiter.seat(known.plan, known.caller or limiter.caller(scope))
        return None if seat is None else limiter.take_now(seat)


def _never(_key: Key) -> bool:
    return False


def _name(scope: Scope) -> tuple[Any, ...]:
    """Return what a request is known by."""
    return (scope["path"], scope["query_string"], *scope["headers"])


_NO_BODY: Final[Message] = {"type": _BODY, "body": b""}
