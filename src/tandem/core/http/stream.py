"""An answer that is read piece by piece and can be left at any moment."""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

import aiohttp

from tandem.core.http.errors import (
    RAISED_BY_AIOHTTP,
    BodyTooLargeError,
    HttpError,
    HttpTimeoutError,
    Phase,
    translated,
)
from tandem.core.http.patience import Patience
from tandem.core.http.response import media_type

LINGER: Final = 1.0
"""Seconds that the other side is given to send the last byte of an answer whose content is known to be complete."""


class HttpStream:
    """An answer whose headers have arrived; leave the ``async with`` block or :meth:`close` it, in every case.

    Leaving closes the socket at once, so that the other side stops working; a stream that was read to its end
    gives its connection back to the pool. For one task at a time.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse, host: str, *,
        idle: float, deadline: float, ended: Callable[["HttpStream"], None],
    ) -> None:  # fmt: skip
        """Read ``response``; ``ended`` is called once, when the connection is free again or closed."""
        self._response = response
        self._ended: Callable[[HttpStream], None] | None = ended
        self._linger: asyncio.TimerHandle | None = None
        self._idle, self._deadline = idle, deadline
        self._patience: Patience | None = None
        self.host = host
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    @property
    def media_type(self) -> str:
        """The content type in small letters without parameters, empty when there is none."""
        return media_type(self.headers)

    async def chunk(self, *, silence_counts: bool = True) -> bytes:
        """Return what has arrived, ``b""`` at the end; raises HttpTimeoutError, DisconnectedError.

        Without ``silence_counts`` only the deadline bounds the wait: for callers with a limit of their own.
        """
        patience = self._patience
        if patience is None:
            # Only whoever waits is watched: most whole answers have arrived with their headers.
            patience = self._patience = Patience(self._idle, self._deadline, self._run_out)
        patience.wait(silence_counts=silence_counts)
        failure: HttpError
        try:
            return await self._response.content.readany()
        except RAISED_BY_AIOHTTP as error:
            failure = translated(error, self.host, "idle", begun=True)
        except HttpTimeoutError as error:
            failure = error
        finally:
            patience.got()
        self.close()
        raise failure

    async def read(self, limit: int) -> bytes:
        """Return the rest, at most ``limit`` bytes; raises also BodyTooLargeError. Ends the stream."""
        content = self._response.content
        if content.is_eof() and content.exception() is None:
            parts = [content.read_nowait()]
            size = len(parts[0])
        else:
            parts, size = [], 0
            while size <= limit and (part := await self.chunk()):
                size += len(part)
                parts.append(part)
        self.close()
        if size > limit:
            raise BodyTooLargeError(f"{self.host} sent more than {limit} bytes")
        return b"".join(parts) if len(parts) != 1 else parts[0]

    def finish(self) -> None:
        """Let the connection go back to the pool: the content is complete, though maybe not the last byte.

        What is still to come is waited for in the background, for at most :data:`LINGER` seconds.
        """
        content = self._response.content
        if self._ended is None or self._linger is not None:
            return
        if self._response.closed or content.is_eof():
            self.close()
            return
        self._watch_no_more()
        self._linger = asyncio.get_running_loop().call_later(LINGER, self.close)
        content.on_eof(self.close)

    def close(self) -> None:
        """Close the socket unless the answer was read to its end; may be called often and never raises."""
        ended, self._ended = self._ended, None
        if ended is None:
            return
        self._watch_no_more()
        if self._linger is not None:
            self._linger.cancel()
        connection = self._response.connection
        if (
            connection is not None
            and connection.transport is not None
            and not self._response.content.is_eof()
        ):
            # A polite close would wait for the other side's part of the TLS farewell.
            connection.transport.abort()
        self._response.close()
        ended(self)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _watch_no_more(self) -> None:
        if self._patience is not None:
            self._patience.end()

    def _run_out(self, phase: Phase) -> None:
        self._response.content.set_exception(HttpTimeoutError(self.host, phase))
