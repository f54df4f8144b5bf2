"""How often search finds the right note: recall on the frozen notes and questions of tests/evaluation/search.

    .venv/bin/python bench/search_recall.py

Starts a PostgreSQL of its own in a temporary directory and the real embedding model.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from evaluation.search.recall import measure
from tandem.core.database.opening import opened
from tandem.core.settings import Settings
from tandem.inference.embeddings import LocalEmbedder

GROUPS = ("cs for cs", "en for en", "cs for en", "en for cs")


async def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=None)
        embedder = LocalEmbedder(threads=2, niceness=0)
        await embedder.open()
        try:
            async with opened(settings, application_name="bench") as database:
                recall = await measure(database, embedder)
            async with opened(settings, application_name="bench") as database:
                await database.execute("TRUNCATE sessions")
                words = await measure(database, None)
        finally:
            await embedder.close()
    print("| | recall at 1 | at 3 | at 5 | by words alone, at 3 |\n|---|---|---|---|---|")
    for name in (None, *GROUPS):
        figures = " | ".join(f"{recall.at(most, name):.3f}" for most in (1, 3, 5))
        print(f"| {name or 'all 40 questions'} | {figures} | {words.at(3, name):.3f} |")
    print("\nmissed at 3:", *recall.missed, sep="\n  ")


if __name__ == "__main__":
    asyncio.run(main())
