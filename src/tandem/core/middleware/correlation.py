"""The outermost layer: request id, trace, access line, metrics, and the answer to an unexpected error."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from tandem.core import annotations
from tandem.core.observability import tracing
from tandem.core.observability.logger import Logger

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MORE = "tandem.headers"
"""Where a list of headers for the answer stands in the scope; layers below add to it."""

UNMATCHED = "(unmatched)"
"""Template under which requests to unknown paths are counted, so that scanners cannot grow the label set."""


class Observer(Protocol):
    """Where finished requests are counted."""

    def observe(self, method: str, template: str, status: int, seconds: float) -> None:
        """Count one finished request."""

    def exception(self, method: str) -> None:
        """Count one request that ended in an error nobody had foreseen."""


class CorrelationMiddleware:
    """Pure ASGI. Adds ``X-Request-ID`` and ``traceparent``, logs and counts each finished request.

    Fail mode: logging and counting never raise into the request; an exception that nobody handled becomes
    a JSON 500 with the request id and is logged once with its traceback.
    """

    def __init__(
        self, app: App, *, observer: Observer, log: Logger, quiet: frozenset[str] = frozenset(),
        security: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:  # fmt: skip
        """Wrap ``app``; paths in ``quiet`` are counted but not logged, ``security`` is sent on each answer."""
        self._app = app
        self._observer = observer
        self._log = log
        self._quiet = quiet
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other scopes pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        context, token = tracing.begin(scope["headers"])
        notes = annotations.begin()
        more: list[tuple[bytes, bytes]] = []
        scope[MORE] = more
        answer = _Answer(send, context.response_headers() + list(self._security), more)
        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last place where an error can still be answered
            self._log.event(
                "UNHANDLED_ERROR", "request failed unexpectedly", level="ERROR", error=error,
                context={"method": scope["method"], "path": scope["path"]},
            )  # fmt: skip
            self._observer.exception(scope["method"])
            await answer.fail(context.request_id)
        finally:
            seconds = time.perf_counter() - started
            status = answer.status or 499
            self._observer.observe(scope["method"], template_of(scope), status, seconds)
            if scope["path"] not in self._quiet:
                self._log.access(scope["method"], scope["path"], status, seconds)
            annotations.end(notes)
            tracing.end(token)


def template_of(scope: Scope) -> str:
    """Return the route template that served this request, a constant for unknown paths."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) else UNMATCHED


class _Answer:
    """Passes messages on, adds headers to the first one and remembers how far the answer came."""

    __slots__ = ("_headers", "_more", "_send", "status")

    def __init__(
        self, send: Send, headers: list[tuple[bytes, bytes]], more: list[tuple[bytes, bytes]]
    ) -> None:
        self._send = send
        self._headers, self._more = headers, more
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message.get("headers", ())}
            added = [pair for pair in self._headers if pair[0] not in present]
            message = {
                **message,
                "headers": [*message.get("headers", ()), *added, *self._more, *annotations.headers()],
            }
        await self._send(message)

    async def fail(self, request_id: str) -> None:
        """Answer 500 unless something was sent already."""
        if self.status:
            return
        body = (
            b'{"error":"An unexpected error happened; it was logged under this request id.",'
            b'"code":"internal_error","request_id":"' + request_id.encode("latin-1") + b'"}'
        )
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": 500, "headers": headers})
        await self({"type": "http.response.body", "body": body})
