"""Nobody gets past here without a key that allows what is asked, once authentication is on."""

from collections.abc import Callable, Iterable
from typing import Final

from tandem.core.auth.access import Access
from tandem.core.auth.directory import KeyDirectory
from tandem.core.auth.scopes import IDENTITY, KeyScope, allows
from tandem.core.errors import ClientError, ForbiddenError, OperationalError
from tandem.core.limits.caller import Refusal
from tandem.core.limits.limiter import Limiter
from tandem.core.middleware.correlation import App, Receive, Scope, Send
from tandem.core.middleware.refusals import refuse, refuse_more

REALM: Final = 'Bearer realm="tandem"'


class UnauthorizedError(ClientError):
    """No key, or one that opens nothing."""

    code = "unauthorized"
    status = 401


class AuthMiddleware:
    """Pure ASGI, above the router. Checks ``Authorization: Bearer`` or ``X-API-Key`` against ``access``.

    Puts the caller's :class:`Identity` into the scope. Who shows no valid key is counted by address, and gets 429 beyond the
    limit: keys cannot be tried without end. Whose key does not allow what is asked is counted by that key. Fail mode: while keys cannot be checked, callers get 503; only the
    open paths are answered. The layer is left out altogether while authentication is off.
    """

    def __init__(
        self, app: App, *, directory: Callable[[], KeyDirectory | None], access: Access, limiter: Limiter | None = None
    ) -> None:  # fmt: skip
        """Ask what ``directory`` returns, which is None until the service has started; no ``limiter``, no limits."""
        self._app, self._limiter = app, limiter
        self._directory = directory
        self._needed = access.needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that is allowed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There is no such route; one that comes must be thought about here first.
            await send({"type": "websocket.close", "code": 1008})
            return
        needed = self._needed(scope["method"], path_of(scope))
        if needed != "open":
            try:
                await self._admit(scope, needed)
            except (ClientError, OperationalError) as error:
                beyond = self._beyond(scope) if isinstance(error, ClientError) else None
                if beyond is not None:
                    await refuse_more(beyond, scope, receive, send)
                else:
                    await refuse(error, _headers_of(error, needed), scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _beyond(self, scope: Scope) -> Refusal | None:
        """Count a request that is refused; return the refusal of one who tries too often."""
        plan = None if self._limiter is None else self._limiter.plan_of_stranger(scope, path_of(scope))
        if plan is None or self._limiter is None:
            return None
        taken = self._limiter.take(plan, self._limiter.caller(scope), patient=False)
        return taken if isinstance(taken, Refusal) else None

    async def _admit(self, scope: Scope, needed: KeyScope) -> None:
        """Put who calls into the scope; raises UnauthorizedError, ForbiddenError or KeysUnavailableError."""
        shown = presented(scope["headers"])
        if shown is None:
            raise UnauthorizedError(
                "this needs an API key, as `Authorization: Bearer ...` or `X-API-Key: ...`"
            )
        directory = self._directory()
        if directory is None:
            raise OperationalError("the service is starting")
        identity = await directory.identify(shown)
        if identity is None:
            raise UnauthorizedError("this API key is unknown, expired or revoked", presented=True)
        scope[IDENTITY] = identity
        if not allows(identity.scope, needed):
            raise ForbiddenError(
                f"this needs an API key with the scope {needed}; this one has {identity.scope}"
            )


def path_of(scope: Scope) -> str:
    """Return the path as the routes spell it, without the prefix under which the service is mounted.

    The router's patterns end with ``$``, which overlooks a line break at the end of a path: so do the rules.
    """
    path: str = scope["path"].removesuffix("\n")
    root: str = scope.get("root_path", "")
    return path[len(root) :] or "/" if root and path.startswith(f"{root}/") else path


def presented(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the key in raw ``headers``, a bearer token before ``X-API-Key``; None without one."""
    other = None
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.strip().partition(b" ")
            if scheme.lower() == b"bearer" and token:
                return token.strip().decode("latin-1")
        elif name == b"x-api-key":
            other = value.strip().decode("latin-1")
    return other or None


def _headers_of(error: ClientError | OperationalError, needed: KeyScope) -> dict[str, str]:
    """Return what HTTP wants to be told with ``error`` (RFC 6750)."""
    if isinstance(error, OperationalError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, ForbiddenError):
        return {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{needed}"'}
    wrong = ', error="invalid_token"' if error.extra.pop("presented", False) else ""
    return {"WWW-Authenticate": REALM + wrong}
