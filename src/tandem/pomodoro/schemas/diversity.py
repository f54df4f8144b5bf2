"""Whether the last two days were all of one kind, and the answer of ``GET /api/debug/diversity``."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count, IsoDate

DiversityConfidence = Annotated[float, Field(ge=0, le=0.9, json_schema_extra={"enum": [0.0, 0.9]})]


class RepeatedTopic(Answer):
    """A word that keeps coming back in the notes."""

    word: str = Field(examples=["migrace"])
    sessions: int = Field(ge=3, description="In how many sessions' notes it stands.")


class Diversity(Answer):
    """Which categories took too much of the last two days, and what to do instead."""

    overloaded_categories: list[str] = Field(
        description="Categories with too large a share, or three times in a row."
    )
    overload_reason: str = Field(description="Why, in words; empty when nothing is overloaded.")
    avoid_categories: list[str] = Field(description="The same list.")
    recommended_alternatives: list[str] = Field(
        max_length=3, description="Other categories of the user, the least recently used first."
    )
    confidence: DiversityConfidence = Field(description="0.9 with a session in the window, 0.0 without one.")
    reasoning: str
    category_distribution: dict[str, int] = Field(description="Sessions by category in the window.")
    analysis_days: Literal[2] = Field(default=2, description="The window: today and yesterday.")
    total_sessions_analyzed: int = Field(ge=0, le=20, description="Of at most the 20 newest.")
    repeated_topic: RepeatedTopic | None = Field(
        description="The most frequent word of the notes, from 3 sessions on."
    )


class RecentSession(Answer):
    """One of the newest sessions."""

    date: IsoDate
    category: str


class DiversityDebug(Answer):
    """What the detector saw."""

    status: Literal["ok"] = "ok"
    cutoff_date: IsoDate = Field(description="First day of the window.")
    ai_generator_categories: list[str]
    detector_categories: list[str]
    recent_sessions: list[RecentSession] = Field(max_length=10, description="Newest first.")
    total_sessions_in_db: Count = Field(description="Completed sessions.")
    total_sessions_analyzed: int = Field(ge=0, le=20)
    diversity_result: Diversity
