"""Measures search on the frozen notes and questions, through PostgreSQL and the real model."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.pool import Database
from tandem.core.jobs import Jobs, RunningJob, repository
from tandem.inference.embeddings import Embedder
from tandem.pomodoro.jobs import EMBED
from tandem.pomodoro.repositories.search_repository import SearchRepository
from tandem.pomodoro.services.indexing_service import IndexingService
from tandem.pomodoro.services.search_service import Question, SearchService

HERE = Path(__file__).parent
USER = "reader"


@dataclass
class Recall:
    """At which place each question's note was found, per languages of question and note; 0 for not at all."""

    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    missed: list[str] = field(default_factory=list)

    def at(self, most: int, group: str | None = None) -> float:
        places = [p for name, found in self.places.items() if group in (None, name) for p in found]
        return sum(0 < place <= most for place in places) / len(places)


async def embed_all(database: Database, embedder: Embedder, user: str = USER) -> int:
    """Do what the background job does, here and now; returns the number of texts."""
    indexing, jobs, done = IndexingService(database, embedder), Jobs(database), 0
    while True:
        job = await jobs.enqueue(EMBED, key=user, user=user)
        record = await repository.begin(database, job.id)
        assert record is not None
        result = await indexing.embed(RunningJob(record, database))
        await repository.finish(database, record, None)
        done += result.embedded
        if result.complete:
            return done


def searching(database: Database, embedder: Embedder | None) -> SearchService:
    clock = SystemClock(zone_named("Europe/Prague"))
    return SearchService(SearchRepository(database), embedder, Jobs(database), clock)


async def store(database: Database, notes: list[dict[str, str]], user: str = USER) -> dict[object, str]:
    """Store notes as sessions; returns the note of each."""
    known = {}
    for note in notes:
        session = await database.fetchval(
            "INSERT INTO sessions (user_id, category, task, notes) VALUES ($1, $2, $3, $4) RETURNING id::text",
            user, note["category"], note["task"], note["notes"],
        )  # fmt: skip
        known[session] = note["id"]
    return known


async def measure(database: Database, embedder: Embedder | None) -> Recall:
    """Store the notes, embed them, ask all questions with the route's defaults."""
    known = await store(database, json.loads((HERE / "notes.json").read_text()))
    if embedder is not None:
        await embed_all(database, embedder)
    service, recall = searching(database, embedder), Recall()
    for asked in json.loads((HERE / "questions.json").read_text()):
        found = await service.search(USER, Question(asked["question"]))
        order = [known[str(hit.note.id)] for hit in found.hits]
        place = next((order.index(note) + 1 for note in asked["expected"] if note in order), 0)
        group = f"{asked['language']} for {asked['expected'][0][:2]}"
        recall.places[group].append(place)
        if not 0 < place <= 3:
            recall.missed.append(f"{asked['question']} -> {asked['expected'][0]}, at {place or 'none'}")
    return recall
