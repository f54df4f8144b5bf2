"""The least that a gateway on aiohttp can do: hand a request on, hand the answer back, look at nothing.

No model names, keys, retries, limits, records or prices: what a real gateway reaches is to be seen beside this.
Run it with ``python bench/baselines/passthrough.py --port 8201 --upstream http://127.0.0.1:8099``.
"""

import argparse
import sys
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web

DROPPED = frozenset({"transfer-encoding", "content-length", "connection", "date", "server"})
"""Headers that belong to one connection."""


class Passthrough:
    """Relays ``POST /v1/...`` to ``upstream``; streams are relayed as their pieces arrive."""

    def __init__(self, upstream: str) -> None:
        """Relay to ``upstream``, an address without a path."""
        self._upstream = upstream

    async def session(self, _: web.Application) -> AsyncIterator[None]:
        """Keep one pool of connections as long as the server runs."""
        connector = aiohttp.TCPConnector(limit=1024, limit_per_host=1024)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as self.client:
            yield

    async def relay(self, request: web.Request) -> web.StreamResponse:
        """Answer one request by the upstream's answer."""
        body = await request.read()
        headers = {"Content-Type": request.headers.get("Content-Type", "application/json")}
        async with self.client.post(self._upstream + request.path, data=body, headers=headers) as upstream:
            kept = {name: value for name, value in upstream.headers.items() if name.lower() not in DROPPED}
            if upstream.content_type != "text/event-stream":
                return web.Response(status=upstream.status, headers=kept, body=await upstream.read())
            response = web.StreamResponse(status=upstream.status, headers=kept)
            await response.prepare(request)
            async for piece in upstream.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response


async def alive(_: web.Request) -> web.Response:
    """Say that it runs."""
    return web.Response(text="alive")


def application(upstream: str) -> web.Application:
    """Return the server."""
    relay = Passthrough(upstream)
    app = web.Application()
    app.cleanup_ctx.append(relay.session)
    app.router.add_post("/v1/chat/completions", relay.relay)
    app.router.add_get("/livez", alive)
    return app


def main() -> int:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    args = parser.parse_args()
    uvloop.install()
    web.run_app(application(args.upstream), host="127.0.0.1", port=args.port, access_log=None, print=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
