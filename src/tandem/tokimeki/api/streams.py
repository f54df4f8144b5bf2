"""How a stream becomes an HTTP response."""

import asyncio
from collections.abc import Callable
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from tandem.ai.live_stream import StreamReader
from tandem.ai.streaming import StreamHub
from tandem.core.disconnect import ClientLeftError, ClientWatch

HOLD_SECONDS: Final = 10.0
"""How long the status line waits for the first piece. A failure until then is a real status; after it an event."""

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Sends a stream to one client and tells the hub when that client leaves.

    Not a generator: one that is abandoned between two pieces is ended by the garbage collector, some time later.
    """

    media_type = "text/event-stream"

    def __init__(self, hub: StreamHub, reader: StreamReader, watch: ClientWatch) -> None:
        """Send what ``reader`` gives until ``watch`` sees the client leave."""
        self.status_code = 200
        self.background = None
        self._hub, self._reader, self._watch = hub, reader, watch
        self.init_headers(HEADERS | {"X-Stream-ID": reader.stream.name})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send everything."""
        reader = self._reader
        self._watch.when_gone(reader.stop)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while (events := await reader.next()) is not None:
                await send({"type": "http.response.body", "body": events, "more_body": True})
            if not self._watch.gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._watch.close()
            self._hub.leave(reader)


async def begun_stream(request: Request, hub: StreamHub, start: Callable[[], StreamReader]) -> EventStream:
    """Start a stream and return its response as soon as it has an event, after :data:`HOLD_SECONDS` in any case.

    Raises what ``start`` raises, what the stream failed with before its first event, and ClientLeftError.
    """
    reader = start()
    watch = ClientWatch(request.receive)
    try:
        await _begun(reader, watch)
    except BaseException:
        watch.close()
        hub.leave(reader)
        raise
    return EventStream(hub, reader, watch)


def followed_stream(request: Request, hub: StreamHub, reader: StreamReader) -> EventStream:
    """Return the response for a client that came back."""
    return EventStream(hub, reader, ClientWatch(request.receive))


async def _begun(reader: StreamReader, watch: ClientWatch) -> None:
    stream = reader.stream
    begun = asyncio.create_task(stream.begun.wait())
    try:
        await asyncio.wait({begun, watch.task}, timeout=HOLD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        begun.cancel()
    if watch.gone:
        raise ClientLeftError
    if stream.failure is not None:
        raise stream.failure
