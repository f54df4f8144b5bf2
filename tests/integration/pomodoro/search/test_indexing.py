"""Notes become searchable whoever writes them, once, and in spite of everything that dies meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.processes import environment
from evaluation.search.recall import embed_all, searching, store
from integration.pomodoro.search.embedding_server import EmbeddingServer
from tandem.core.database.pool import Database
from tandem.core.resources import Resources
from tandem.core.settings import Settings
from tandem.inference.embeddings import Embedder
from tandem.pomodoro.embedding import open_embedder
from tandem.pomodoro.services.indexing_service import BATCH
from tandem.pomodoro.services.search_service import Question

MANY = "INSERT INTO sessions (user_id, notes) SELECT 'ann', 'Note number ' || n FROM generate_series(1, $1::int) n"
EMBEDDED = "SELECT count(DISTINCT digest) FROM tandem_vectors WHERE user_id = 'ann'"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as started:
        yield started


@pytest.fixture
async def embedder(server: EmbeddingServer, tmp_path: Path) -> object:
    async with Resources() as resources:
        opened = await open_embedder(
            Settings(home=tmp_path, embeddings_url=server.url), resources, asked=True
        )
        assert opened is not None
        yield opened


@pytest.fixture
def start_worker(database_url: str, server: EmbeddingServer, tmp_path: Path) -> object:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        settings = environment(
            tmp_path / "home",
            DATABASE_URL=database_url,
            TANDEM_EMBEDDINGS_URL=server.url,
            TANDEM_JOBS_LEASE="2",
        )
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as out:
            started.append(
                subprocess.Popen([sys.executable, "-m", "tandem", "jobs", "run"], env=settings, cwd=tmp_path,
                                 stdout=out, stderr=out)
            )  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def wait_for(database: Database, enough: Callable[[int], bool], seconds: float = 60) -> int:
    async with asyncio.timeout(seconds):
        while not enough(count := await database.fetchval(EMBEDDED)):
            await asyncio.sleep(0.1)
    return count


@pytest.mark.timeout(150)
async def test_300_notes_survive_a_killed_worker_and_none_is_embedded_twice(
    database: Database, server: EmbeddingServer, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    server.delay = 0.1
    worker = start_worker()
    await asyncio.sleep(0)
    # Straight into PostgreSQL, as the old web service writes.
    await database.execute(MANY, 300)
    await wait_for(database, lambda count: count > 0)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    before = await database.fetchval(EMBEDDED)
    assert before < 300
    server.delay = 0.0
    start_worker()
    await wait_for(database, lambda count: count == 300)
    twice = [text for text, count in server.counts.items() if count > 1]
    assert len(server.counts) == 300
    assert len(twice) <= BATCH, "only what was on its way when the worker was killed"
    # A second look embeds nothing, and neither does a session whose text is known.
    counted = server.counts.total()
    await database.execute("INSERT INTO sessions (user_id, notes) VALUES ('ann', 'Note number 7')")
    async with asyncio.timeout(30):
        while (
            await database.fetchval(
                "SELECT count(*) FROM tandem_indexed i JOIN data_versions v USING (user_id) WHERE i.version = v.version"
            )
            == 0
        ):
            await asyncio.sleep(0.1)
    assert server.counts.total() == counted


async def test_a_text_is_found_as_long_as_a_session_has_it(
    database: Database, embedder: Embedder, server: EmbeddingServer
) -> None:
    known = await store(database, [
        {"id": "a", "category": "Other", "task": "", "notes": "apples in the garden"},
        {"id": "b", "category": "Other", "task": "bees", "notes": ""},
    ])  # fmt: skip
    assert await embed_all(database, embedder) == 2
    service = searching(database, embedder)

    async def first(query: str) -> str | None:
        found = await service.search("reader", Question(query))
        return known[str(found.hits[0].note.id)] if found.hits else None

    assert await first("a question") == "a"
    assert await first("b question") == "b"
    await database.execute("UPDATE sessions SET task = 'apricots' WHERE task = 'bees'")
    assert await first("b question") is None
    found = await service.search("reader", Question("zebra"))
    assert found.pending == 1
    assert await embed_all(database, embedder) == 1
    assert await database.fetchval("SELECT count(DISTINCT digest) FROM tandem_vectors") == 2
    assert await embed_all(database, embedder) == 0
    await database.execute("TRUNCATE sessions")
    assert await first("a question") is None
    assert await embed_all(database, embedder) == 0
    assert await database.fetchval("SELECT count(*) FROM tandem_vectors") == 0


async def test_without_pgvector_the_same_is_found(
    database: Database, embedder: Embedder, server: EmbeddingServer
) -> None:
    notes = [
        {"id": f"{letter}{n}", "category": "Other", "task": f"{letter} task {n}.", "notes": f"{letter} note. And {n}"}
        for letter in "abc" for n in range(4)
    ]  # fmt: skip
    await store(database, notes)
    await embed_all(database, embedder)
    service = searching(database, embedder)
    there = await service.search("reader", Question("b", limit=20, min_similarity=0))
    await database.execute("TRUNCATE tandem_vectors, tandem_indexed")
    await database.execute("ALTER TABLE tandem_vectors ALTER COLUMN vector TYPE bytea USING NULL")
    await embed_all(database, embedder)
    here = await service.search("reader", Question("b", limit=20, min_similarity=0))
    assert len(here.hits) == 12
    assert {h.note.id: round(h.similarity, 2) for h in here.hits} == {
        h.note.id: round(h.similarity, 2) for h in there.hits
    }


async def test_words_alone_rank_when_the_model_is_out_of_order(
    database: Database, embedder: Embedder, server: EmbeddingServer
) -> None:
    await store(database, [
        {"id": "a", "category": "Other", "task": "Řešení chyb", "notes": "Padala databáze při nočním importu."},
        {"id": "b", "category": "Other", "task": "Nákup", "notes": "Mouka a vejce."},
    ])  # fmt: skip
    server.broken = True
    found = await searching(database, embedder).search("reader", Question("databazi import"))
    assert found.ranking == "words"
    assert [hit.note.task for hit in found.hits] == ["Řešení chyb"]
    assert found.hits[0].similarity == 1.0
    absent = await searching(database, None).search("reader", Question("vejce"))
    assert [hit.note.task for hit in absent.hits] == ["Nákup"]
    assert (await searching(database, None).search("somebody else", Question("vejce"))).hits == []
