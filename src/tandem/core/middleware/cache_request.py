"""Reading a request to a cached route: who asks for what, in which language, and how the answer may come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.cache.entry import Lifetime
from tandem.core.errors import InvalidInputError
from tandem.core.i18n import Language, negotiate
from tandem.core.identity import DEFAULT_USER, user_name
from tandem.core.middleware.cache_headers import NONE, Directives, directives, matches
from tandem.core.middleware.cached_answer import Headers, Ready
from tandem.core.middleware.cached_routes import CachedRoute
from tandem.core.middleware.correlation import Receive, Scope, Send

LONGEST: Final = 2_000
"""Bytes of path and of query; nobody needs the cache for more."""

REMEMBERED: Final = 8_192
"""Requests whose key is remembered, so that it need not be put together again."""

_READ: Final = frozenset({b"accept-language", b"x-user-id", b"if-none-match", b"cache-control"})


@dataclass(slots=True)
class Asked:
    """One request to a cached route."""

    scope: Scope
    receive: Receive
    send: Send
    route: CachedRoute
    user: str
    key: str
    bucket: int
    now: datetime
    wishes: Directives
    """:data:`NONE` itself when nothing special is wished for."""
    if_none_match: bytes | None
    head: bool

    def lifetime(self) -> Lifetime:
        """Return how long the answer may be kept."""
        return self.route.lifetime(self.scope["path"], self.scope["query_string"], self.now)

    async def give(self, ready: Ready, more: Headers) -> None:
        """Send ``ready`` as it is wished for: whole, its headers only, or the news that nothing changed."""
        if self.if_none_match is not None and matches(self.if_none_match, ready.etag):
            await self.send(ready.unchanged(more))
            await self.send({"type": "http.response.body", "body": b""})
            return
        await self.send(ready.start(more))
        await self.send({"type": "http.response.body", "body": b"" if self.head else ready.body})


class Reader:
    """Reads requests, and remembers the keys of what is asked often."""

    def __init__(self, language: Language) -> None:
        """Take ``language`` for who asks for none."""
        self._language = language
        self.known: dict[tuple[Any, ...], str] = {}
        """Keys by :func:`asked_name`; see :meth:`read`."""

    def read(
        self, scope: Scope, receive: Receive, send: Send, route: CachedRoute, now: datetime
    ) -> Asked | None:
        """Return what is asked for; None for what the endpoint had better see itself."""
        language = user = if_none_match = control = None
        for name, value in scope["headers"]:
            if name not in _READ:
                continue
            if name == b"accept-language":
                language = value if language is None else language
            elif name == b"x-user-id":
                user = value if user is None else user
            elif name == b"if-none-match":
                if_none_match = value if if_none_match is None else if_none_match + b"," + value
            else:
                control = value if control is None else control + b"," + value
        identity: Identity | None = scope.get(IDENTITY)
        raw = asked_name(scope["path"], scope["query_string"], language, user, identity)
        found = self.known.get(raw) or self._key(raw, route, identity)
        if found is None:
            return None
        bucket = route.bucket_of(now)
        return Asked(
            scope, receive, send, route, found.partition(" ")[0], f"{found} {bucket} {route.generation}", bucket, now,
            NONE if control is None else directives(control), if_none_match, scope["method"] == "HEAD",
        )  # fmt: skip

    def _key(self, raw: tuple[Any, ...], route: CachedRoute, identity: Identity | None) -> str | None:
        """Return the part of the key that the request decides: it begins with the user, who has no spaces."""
        path, query, language, wanted = raw[:4]
        if len(query) > LONGEST or len(path) > LONGEST:
            return None
        try:
            user, role = ("*", "*") if route.is_common else _who(identity, wanted)
        except InvalidInputError:
            return None
        spoken = negotiate(language and language.decode("latin-1"), self._language)
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        chosen = sorted((pair for pair in given if pair[0] in route.parameters), key=lambda pair: pair[0])
        key = f"{user} {role} {spoken} {quote(path)}?{urlencode(chosen)}"
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        self.known[raw] = key
        return key


def asked_name(
    path: str, query: bytes, language: bytes | None, user: bytes | None, identity: Identity | None
) -> tuple[Any, ...]:
    """Return all that decides a key; flat, because thousands are kept and the collector forgets flat ones first."""
    if identity is None:
        return (path, query, language, user)
    return (path, query, language, user, identity.user, identity.scope)


def _who(identity: Identity | None, wanted: bytes | None) -> tuple[str, str]:
    """Return user and role class as the endpoints see them; raises InvalidInputError."""
    name = None if wanted is None else wanted.decode("latin-1")
    if identity is not None and identity.scope != "admin":
        # The answer names an ignored header, so it is another one.
        ignored = name is not None and name != identity.user
        return identity.user, f"{identity.scope}!" if ignored else identity.scope
    user = DEFAULT_USER if identity is None else identity.user
    return user if name is None else user_name(name), "admin"
