"""Finds the axes of multilingual-e5-small along which language, not meaning, moves a text; writes axes.npy.

The vectors of that model lie nearer to texts of their own language than to the same text in the other one. The directions in
which a text moves when it is translated are measured on our own catalogue of texts, Czech and English, and later taken out
of every vector. Run it after a change of model:  .venv/bin/python bench/search_axes.py
"""

import asyncio
import re
from importlib.resources import files

import numpy as np
from babel.messages.pofile import read_po

from tandem.inference.embeddings import LocalEmbedder
from tandem.pomodoro.search.space import AXES_FILE

AXES = 8
SHORTEST = 15


def pairs() -> list[tuple[str, str]]:
    with files("tandem.locale").joinpath("cs.po").open("rb") as file:
        messages = [(_first(m.id), _first(m.string)) for m in read_po(file) if m.id and m.string]
    return [(_plain(en), _plain(cs)) for en, cs in messages if len(en) > SHORTEST]


def _first(text: object) -> str:
    return text if isinstance(text, str) else text[0]  # type: ignore[index]


def _plain(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "5", text)


async def main() -> None:
    english, czech = zip(*pairs(), strict=True)
    embedder = LocalEmbedder(threads=2, niceness=0)
    await embedder.open()
    try:
        differences = [
            await embed(czech) - await embed(english) for embed in (embedder.passages, embedder.queries)
        ]
    finally:
        await embedder.close()
    axes = np.linalg.svd(np.vstack(differences), full_matrices=False)[2][:AXES]
    np.save(AXES_FILE, axes.astype(np.float32))
    print(f"{len(english)} pairs of texts, {AXES} axes written to {AXES_FILE}")


if __name__ == "__main__":
    asyncio.run(main())
