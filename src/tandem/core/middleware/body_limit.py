"""No body larger than the route allows is ever held in memory."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException

from tandem.core.middleware.correlation import App, Message, Receive, Scope, Send

ENVELOPE = 64 * 1024
"""Bytes that multipart boundaries and form fields may take beside a file."""

_SWALLOWED: Final = 8 * 1024 * 1024
"""Bytes beyond the limit that are still read, and thrown away, so that the client hears the refusal."""

_PATIENCE: Final = 2.0
"""Seconds for that."""


class BodyLimitMiddleware:
    """Pure ASGI. Refuses with 413 by the declared length, and again while the bytes arrive.

    The rest of a refused body is read away within bounds: a server that closes a connection with unread bytes resets
    it, and a reset may overtake the answer. Fail mode: beyond the bounds the client may see the reset instead of the 413.

    ``uploads`` names the paths with a larger limit, in bytes of the file itself.
    """

    def __init__(self, app: App, *, limit: int, uploads: Mapping[str, int]) -> None:
        """Allow ``limit`` bytes, more on the paths of ``uploads``."""
        self._app = app
        self._limit = limit
        self._uploads = {path: size + ENVELOPE for path, size in uploads.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with a bounded body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads.get(scope["path"], self._limit)
        declared = _declared_length(scope)
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            if declared > limit:
                if declared <= limit + _SWALLOWED:
                    await _swallow(receive)
                raise _too_large(limit)
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    if message.get("more_body", False):
                        await _swallow(receive)
                    raise _too_large(limit)
            return message

        await self._app(scope, bounded, send)


async def _swallow(receive: Receive) -> None:
    """Read on to the end of the body, at most ``_SWALLOWED`` bytes and ``_PATIENCE`` seconds."""
    left = _SWALLOWED
    try:
        async with asyncio.timeout(_PATIENCE):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _too_large(limit: int) -> HTTPException:
    # An HTTPException, because the framework turns any other error while reading a body into a 400.
    return HTTPException(413, f"the body is larger than the {limit} bytes that this route accepts")
