"""What search answers."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class SearchHit(BaseModel):
    """A session whose notes or task were found."""

    id: UUID
    date: dt.date
    category: str = Field(examples=["Learning"])
    task: str | None = Field(examples=["Bayes' theorem"])
    notes: str | None
    productivity_rating: float | None = Field(description="0-100.")
    similarity: float = Field(
        ge=0, le=1,
        description="0: nothing in common. By meaning; where `ranking` is `words`, the part of the query's words found.",
    )  # fmt: skip


class SearchAnswer(BaseModel):
    """Sessions, the most fitting first."""

    query: str
    results: list[SearchHit]
    count: int
    model: str = Field(examples=["multilingual-e5-small"])
    dimensions: int = Field(examples=[384])
    ranking: Literal["meaning_and_words", "words"] = Field(
        description="`words`: the query could not be embedded, by want of a model or of time."
    )
    pending: int = Field(description="Notes not embedded yet: for now they are found by their words only.")
    worker: bool = Field(description="Whether a worker is there to embed them (`tandem jobs run`).")


class EmbeddingHealth(BaseModel):
    """Whether texts can be embedded, tried on one."""

    status: Literal["healthy"] = "healthy"
    model: str
    dimensions: int
    test_embedding_length: int
    worker: bool = Field(description="Whether a worker is there to embed notes (`tandem jobs run`).")


class EmbeddingUnhealthy(BaseModel):
    """Why texts cannot be embedded."""

    status: Literal["unhealthy"] = "unhealthy"
    error: str
