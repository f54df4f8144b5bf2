"""Answers that are kept are given out here, as bytes, before the framework is entered.

Key: language, role, user, path, declared parameters, clock bucket, generation of the route's tags; the user's data
version must be the one that the board knows. So a hit is what the endpoint would answer now, not what it
answered a while ago. Answers from data without versions are the same for all and have a lifetime; their hits tell their
``Age``. Errors, answers marked stale, and answers that set cookies are never kept.

Fail mode: while changes are not heard nothing is taken for current: the endpoint is asked (``X-Cache: bypass``), and only
if it cannot answer (503) a kept answer of the same hour or day stands in, as ``X-Cache: stale`` with ``Age`` and
``X-Data-As-Of``. An answer with a lifetime needs no database, and stands in for a failed one for as long as its route
says. Redis lost: each process keeps for itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from fastapi import FastAPI

from tandem.core import problems
from tandem.core.cache.entry import Entry
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import Clock
from tandem.core.database.version_board import VersionBoard
from tandem.core.errors import OperationalError
from tandem.core.i18n import Language
from tandem.core.middleware.cache_headers import NONE
from tandem.core.middleware.cache_request import Asked, Reader
from tandem.core.middleware.cached_answer import Answer, AnswerCodec, Headers
from tandem.core.middleware.cached_routes import EVERYTHING, CachedRoutes
from tandem.core.middleware.correlation import App, Receive, Scope, Send
from tandem.core.middleware.endpoint_answer import UNKEPT, Endpoint, UnkeptError

CODEC: Final = AnswerCodec()


@dataclass(frozen=True, slots=True)
class Backing:
    """What the cache works with once the service has started."""

    cache: TieredCache
    board: VersionBoard
    clock: Clock


class ResponseCache:
    """Which routes are cached, and with what; made with the app, filled in when the service starts."""

    def __init__(self, language: Language) -> None:
        """Answer in ``language`` who asks for none."""
        self.reader = Reader(language)
        self.routes: CachedRoutes | None = None
        self.backing: Backing | None = None
        self.hits = 0
        """Answers given without asking an endpoint."""
        self.misses = 0
        """Answers of endpoints, whether they were kept or not."""
        self.stale = 0
        """Kept answers given although they were old, or because the endpoint could not answer."""
        self.on_cleared: list[Callable[[], None]] = []
        """Called in every worker when an operator has cleared everything, for what else a service keeps."""
        self._cleared = 0

    def open(self, owner: FastAPI, backing: Backing) -> None:
        """Begin to keep answers of ``owner``; raises ConfigurationError for a route that cannot be cached."""
        self.routes = CachedRoutes(owner)
        self.backing = backing
        backing.board.on_tags = self.take_tags
        self.take_tags()

    def close(self) -> None:
        """Keep nothing any more."""
        self.backing = None

    def take_tags(self) -> None:
        """Take over what operators invalidated."""
        if self.routes is None or self.backing is None:
            return
        tags = self.backing.board.tags
        for route in self.routes.all:
            route.generation = sum(tags.get(tag, 0) for tag in route.tags)
        cleared = tags.get(EVERYTHING, 0)
        if cleared > self._cleared:
            self._cleared = cleared
            for forget in self.on_cleared:
                forget()


class ResponseCacheMiddleware:
    """Pure ASGI, inside authentication and CORS, above the framework."""

    def __init__(self, app: App, *, responses: ResponseCache) -> None:
        """Wrap ``app`` with ``responses``."""
        self._app = app
        self._endpoint = Endpoint(app)
        self._responses = responses
        self._reader = responses.reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        responses = self._responses
        backing, routes = responses.backing, responses.routes
        if (
            scope["type"] != "http"
            or backing is None
            or routes is None
            or scope["method"] not in ("GET", "HEAD")
        ):
            await self._app(scope, receive, send)
            return
        route = routes.find(scope["path"])
        asked = None if route is None else self._reader.read(scope, receive, send, route, backing.clock.now())
        if asked is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = asked.route.route
        if asked.route.is_common:
            await self._common(backing, asked)
            return
        version = backing.board.current(asked.user)
        if version is not None and asked.wishes is NONE:
            entry: Entry[Answer] | None = backing.cache.memory.peek(asked.key)
            if entry is not None and entry.version >= version:
                responses.hits += 1
                await asked.give(entry.value.at(asked.now, asked.route.shows), [(b"x-cache", b"hit")])
                return
        await self._slowly(backing, asked)

    async def _common(self, backing: Backing, asked: Asked) -> None:
        """Answer on a route whose data has no versions."""
        if asked.wishes is NONE:
            entry: Entry[Answer] | None = backing.cache.memory.peek(asked.key)
            if entry is not None and (now := asked.now.timestamp()) < entry.fresh_until:
                self._responses.hits += 1
                age = b"%d" % max(0, now - entry.made)
                await asked.give(
                    entry.value.at(asked.now, asked.route.shows), [(b"x-cache", b"hit"), (b"age", age)]
                )
                return
        await self._answer(backing, asked, None if asked.wishes.no_store else 0)

    async def _slowly(self, backing: Backing, asked: Asked) -> None:
        """Answer what memory alone cannot."""
        try:
            version = None if asked.wishes.no_store else await backing.board.learn(asked.user)
        except OperationalError:
            version = None
        await self._answer(backing, asked, version)

    async def _answer(self, backing: Backing, asked: Asked, version: int | None) -> None:
        """Answer for data of ``version``; None: nothing that is kept can be trusted, or it is not wanted."""
        if asked.wishes.only_if_cached:
            await self._only_if_cached(backing, asked, version)
            return
        if version is None:
            await self._give_unkept(backing, asked, await self._endpoint.unkept(asked))
            return
        try:
            await self._from_levels(backing, asked, version)
        except UnkeptError as unkept:
            if unkept.asked is not asked:
                # Another request's answer, with its own request id: this one gets its own.
                await self._give_unkept(backing, asked, await self._endpoint.unkept(asked))
            else:
                await self._give_unkept(backing, asked, unkept)

    async def _from_levels(self, backing: Backing, asked: Asked, version: int) -> None:
        """Answer from either level, or by asking the endpoint once for all who wait."""
        cache, wishes = backing.cache, asked.wishes
        state, made = "miss", asked.now.timestamp()
        lifetime = asked.lifetime()

        async def load() -> Answer:
            return await self._endpoint.ask(asked, backing.clock)

        if wishes.max_age is not None and not wishes.no_cache:
            found = await cache.get(asked.key, CODEC, version=version)
            if found is not None and asked.now.timestamp() - found.made < wishes.max_age:
                self._responses.hits += 1
                await asked.give(
                    found.value.at(asked.now, asked.route.shows), _told("hit", asked, found.made)
                )
                return
        if wishes.no_cache or wishes.max_age is not None:
            answer, state = await load(), "bypass" if wishes.no_cache else "miss"
            await cache.put(asked.key, answer, codec=CODEC, lifetime=lifetime, version=version)
        else:
            result = await cache.get_or_load(asked.key, load, codec=CODEC, lifetime=lifetime, version=version)
            answer, state, made = result.value, result.state, result.made
        if state == "hit":
            self._responses.hits += 1
        elif state == "stale":
            self._responses.stale += 1
        else:
            self._responses.misses += 1
        await asked.give(answer.at(asked.now, asked.route.shows), _told(state, asked, made))

    async def _only_if_cached(self, backing: Backing, asked: Asked, version: int | None) -> None:
        found = None if version is None else await backing.cache.get(asked.key, CODEC, version=version)
        limit = asked.wishes.max_age
        if found is not None and (limit is None or asked.now.timestamp() - found.made < limit):
            self._responses.hits += 1
            await asked.give(found.value.at(asked.now, asked.route.shows), _told("hit", asked, found.made))
            return
        body = orjson.dumps(problems.body("no current answer is cached", "not_cached"))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await asked.send(
            {"type": "http.response.start", "status": 504, "headers": [*headers, (b"x-cache", b"miss")]}
        )
        await asked.send({"type": "http.response.body", "body": b"" if asked.head else body})

    async def _give_unkept(self, backing: Backing, asked: Asked, unkept: UnkeptError) -> None:
        """Send an answer that is not kept, or, when it is a 503, one that was."""
        if unkept.status == 503 and not asked.wishes.no_store and not asked.route.is_common:
            entry: Entry[Answer] | None = backing.cache.memory.peek(asked.key)
            if entry is not None:
                since = _known_until(backing.board, asked.user, entry)
                age = max(0, int(asked.now.timestamp() - since.timestamp()))
                more = [
                    (b"x-cache", b"stale"), (b"age", str(age).encode()),
                    (b"x-data-as-of", since.astimezone(UTC).isoformat(timespec="seconds").encode()),
                ]  # fmt: skip
                self._responses.stale += 1
                await asked.give(entry.value.at(asked.now, asked.route.shows), more)
                return
        self._responses.misses += 1
        notes = [pair for pair in unkept.notes if pair != UNKEPT]
        if unkept.status == 200 and all(name != b"x-cache" for name, _ in notes):
            notes.append((b"x-cache", b"bypass"))
        for place, message in enumerate(unkept.messages):
            if place == 0:
                await asked.send({**message, "headers": [*message.get("headers", ()), *notes]})
            else:
                await asked.send({**message, "body": b""} if asked.head else message)


def _told(state: str, asked: Asked, made: float) -> Headers:
    """Return what is told about an answer that was ``made`` then, in seconds since the epoch."""
    told = [(b"x-cache", state.encode())]
    if state == "stale" or (state == "hit" and asked.route.is_common):
        told.append((b"age", b"%d" % max(0, asked.now.timestamp() - made)))
    if state == "stale":
        since = datetime.fromtimestamp(made, UTC).isoformat(timespec="seconds")
        told.append((b"x-data-as-of", since.encode()))
    return told


def _known_until(board: VersionBoard, user: str, entry: Entry[Answer]) -> datetime:
    """Return when the entry was last known to be current."""
    if board.lost_at is not None and entry.version >= board.last(user):
        return board.lost_at
    return datetime.fromtimestamp(entry.made, UTC)
