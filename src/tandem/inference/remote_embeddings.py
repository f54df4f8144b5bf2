"""Embeddings of an OpenAI-compatible server.

Fail modes: a server that cannot be reached or answers with an error is EmbeddingServerError (503), whose message names the
server and its status, never the key. Nothing is tried twice: whoever asks knows better whether it is worth it.
"""

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from tandem.core.errors import OperationalError
from tandem.core.http.client import HttpClient
from tandem.core.http.errors import HttpError
from tandem.core.http.response import HttpResponse
from tandem.core.http.timeouts import Timeouts
from tandem.core.settings import Settings

MOST_AT_ONCE: Final = 128
"""Texts of one call."""
_ANSWER_BYTES: Final = 64 * 1024 * 1024


class EmbeddingServerError(OperationalError):
    """The server for embeddings did not answer as it should."""

    code = "embeddings_unavailable"


class RemoteEmbedder:
    """Asks ``url`` + ``/embeddings``."""

    dimensions: int | None = None

    def __init__(  # noqa: PLR0913 - each is a setting
        self, http: HttpClient, url: str, model: str, *, key: str = "", prefixes: tuple[str, str] = ("", ""),
        seconds: float = 60.0,
    ) -> None:  # fmt: skip
        """Ask with ``key``, if any, putting the first of ``prefixes`` before queries, the second before passages."""
        self.name = model
        self._http, self._url, self._prefixes = http, f"{url.rstrip('/')}/embeddings", prefixes
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeouts = Timeouts(total=seconds, first_byte=seconds)

    @classmethod
    def of(cls, settings: Settings, http: HttpClient) -> Self:
        """Return the one that ``settings`` name."""
        key = settings.embeddings_api_key
        return cls(
            http, settings.embeddings_url, settings.embeddings_model or "default",
            key="" if key is None else key.get_secret_value(), seconds=settings.model_timeout,
            prefixes=(settings.embeddings_query_prefix, settings.embeddings_passage_prefix),
        )  # fmt: skip

    async def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a row for each text that is searched for; raises EmbeddingServerError."""
        return await self._embed([self._prefixes[0] + text for text in texts])

    async def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a row for each text that is to be found; raises EmbeddingServerError."""
        return await self._embed([self._prefixes[1] + text for text in texts])

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close: the client belongs to the process."""

    async def ping(self) -> None:
        """Ask nobody: a server that is down now may be up at the next text."""

    async def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        parts = [await self._ask(texts[at : at + MOST_AT_ONCE]) for at in range(0, len(texts), MOST_AT_ONCE)]
        if not parts:
            return np.zeros((0, self.dimensions or 0), dtype=np.float32)
        rows = np.concatenate(parts)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        self.dimensions = rows.shape[1]
        return unit

    async def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        body = {"model": self.name, "input": list(texts), "encoding_format": "float"}
        try:
            answer = await self._http.request(
                "POST",
                self._url,
                json=body,
                headers=self._headers,
                timeouts=self._timeouts,
                limit=_ANSWER_BYTES,
            )
            found = _vectors(answer, len(texts))
        except HttpError as error:
            raise EmbeddingServerError(f"the server for embeddings: {error}") from error
        return found


def _vectors(answer: HttpResponse, count: int) -> NDArray[np.float32]:
    if answer.status != 200:
        raise EmbeddingServerError(
            f"the server for embeddings, {answer.host}, answered with status {answer.status}"
        )
    content: Any = answer.json()
    try:
        rows = sorted(content["data"], key=lambda row: row["index"])
        vectors = np.asarray([row["embedding"] for row in rows], dtype=np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise EmbeddingServerError(f"{answer.host} sent no embeddings") from error
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        raise EmbeddingServerError(f"{answer.host} sent {len(vectors)} embeddings for {count} texts")
    return vectors
