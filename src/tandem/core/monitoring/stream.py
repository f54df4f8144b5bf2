"""The overview as Server-Sent Events, for a page that stays open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi.responses import Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from tandem.core.disconnect import ClientWatch
from tandem.core.drain import Drain
from tandem.core.errors import OperationalError
from tandem.core.monitoring.watchers import Watchers

LONGEST: Final = 3600.0
"""Seconds after which a stream ends; the browser comes back by itself."""

RETRY_MS: Final = 2000
"""When it does."""

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Look = Callable[[], Awaitable[BaseModel]]


class OverviewStream(Response):
    """Sends ``event: overview`` now and every ``interval`` seconds, until the client leaves or the server stops.

    Fail mode: a look that fails is told as ``event: error`` and the stream goes on; a stop is told as ``event: shutdown``.
    """

    media_type = "text/event-stream"

    def __init__(
        self, look: Look, *, interval: float, drain: Drain, receive: Receive, watchers: Watchers
    ) -> None:
        """Take a place among ``watchers``, which is given back when the response is over."""
        watchers.enter()
        self.status_code = 200
        self.background = None
        self._look, self._interval, self._drain, self._watchers = look, interval, drain, watchers
        self._receive = receive
        self.init_headers(HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send everything."""
        watch = ClientWatch(self._receive)
        drained = asyncio.create_task(self._drain.wait(), name="monitoring-drain")
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await _say(send, f"retry: {RETRY_MS}\n\n".encode())
            while not watch.gone and not self._drain.started and loop.time() < end:
                await _say(send, await self._event())
                await asyncio.wait(
                    {watch.task, drained}, timeout=self._interval, return_when=asyncio.FIRST_COMPLETED
                )
            if not watch.gone:
                name = "shutdown" if self._drain.started else "end"
                await _say(send, f"event: {name}\ndata: {{}}\n\n".encode(), more=False)
        finally:
            drained.cancel()
            watch.close()
            self._watchers.leave()

    async def _event(self) -> bytes:
        try:
            found = await self._look()
        except (OSError, OperationalError) as error:
            return b'event: error\ndata: {"error":"%s"}\n\n' % type(error).__name__.encode()
        return b"event: overview\ndata: " + found.model_dump_json().encode() + b"\n\n"


async def _say(send: Send, piece: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": more})
