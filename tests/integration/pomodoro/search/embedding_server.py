"""A server for embeddings as OpenAI's, on a loopback port, that counts how often each text was embedded.

A text's vector points where its first letter says, so that texts of one letter are alike.
"""

import asyncio
import threading
from collections import Counter
from typing import Any, Self

from aiohttp import web


class EmbeddingServer:
    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.counts: Counter[str] = Counter()
        self.broken = False
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://127.0.0.1:{port}/v1"

    async def _answer(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        await asyncio.sleep(self.delay)
        if self.broken:
            return web.json_response({"error": {"message": "out of order"}}, status=500)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        self.counts.update(texts)
        data = [{"index": at, "embedding": self.vector(text)} for at, text in enumerate(texts)]
        return web.json_response({"object": "list", "model": "test", "data": data})

    @staticmethod
    def vector(text: str) -> list[float]:
        vector = [0.01] * 32
        vector[ord(text[0].lower()) % 32] = 1.0
        return vector
