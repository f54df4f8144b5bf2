"""Sending a small body without a task of its own."""

from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.http import StreamWriter
from aiohttp.payload import BytesPayload

if TYPE_CHECKING:
    from aiohttp.connector import Connection

AT_ONCE: Final = 32 * 1024
"""Bytes of a body that a transport with room takes without anybody having to wait."""


class PromptRequest(aiohttp.ClientRequest):
    """A request that writes its body where aiohttp, on Python 3.11, starts a task for it: a tenth of a short call.

    Anything unusual (a large body, a proxy, a connection that is held up) goes aiohttp's own way.
    """

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        """Write the request; return the answer that is to come."""
        body, protocol, answer = self._body, conn.protocol, self.response_class
        unusual = (
            self.compress or self.chunked is not None or self._continue is not None or self.proxy is not None
        )
        small = isinstance(body, BytesPayload) and (body.size or 0) <= AT_ONCE
        if (
            body is None
            or not small
            or unusual
            or protocol is None
            or protocol.writing_paused
            or answer is None
        ):
            return await super().send(conn)
        writer = StreamWriter(protocol, self.loop)
        await writer.write_headers(f"{self.method} {self.url.raw_path_qs} HTTP/1.1", self.headers)
        await body.write_with_length(writer, None)
        await writer.write_eof()
        protocol.start_timeout()
        return answer(
            self.method, self.original_url, writer=None, continue100=None, timer=self._timer,
            request_info=self.request_info, traces=self._traces, loop=self.loop, session=self._session,
            stream_writer=writer,
        )  # fmt: skip
