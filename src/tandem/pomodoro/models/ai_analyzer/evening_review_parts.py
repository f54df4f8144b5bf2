"""What an evening review consists of: the texts that are written, and the answer that facts and texts make up."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, Count, IsoDate, Percent

Sentiment = Literal["positive", "neutral", "negative", "mixed"]


class PlanDraft(Draft):
    plan_vs_actual: Prose


class PerformanceDraft(Draft):
    what_went_well: Annotated[list[Prose], Field(min_length=1, max_length=4)]
    what_could_improve: Annotated[list[Prose], Field(max_length=4)]


class NotesDraft(Draft):
    sentiment: Sentiment
    themes_detected: Annotated[list[Line], Field(max_length=5)]
    mood_progression: Prose


class StreakDraft(Draft):
    message: Prose


class ReviewDraft(Draft):
    """What the model writes."""

    summary: PlanDraft
    performance_analysis: PerformanceDraft
    notes_analysis: NotesDraft
    tomorrow_recommendations: Annotated[list[Prose], Field(min_length=1, max_length=4)]
    streak_update: StreakDraft
    closing_thought: Prose


class DaySummary(Answer):
    sessions_completed: Count
    average_rating: Percent = Field(description="0 where none is rated, see `rated_sessions`.")
    rated_sessions: Count
    total_time_focused: str = Field(examples=["3 h 28 min"])
    xp_earned: Count
    plan_vs_actual: str


class PeakMoment(Answer):
    session: int = Field(ge=1, description="Which one of the day.")
    time: str = Field(pattern=r"^\d\d:\d\d$")
    rating: Percent
    note_excerpt: str


class Performance(Answer):
    what_went_well: list[str]
    what_could_improve: list[str]
    peak_moment: PeakMoment | None = Field(description="Null where nothing is rated.")


class NotesAnalysis(Answer):
    sentiment: Sentiment
    themes_detected: list[str] = Field(max_length=5)
    mood_progression: str


class StreakUpdate(Answer):
    status: Literal["maintained", "broken", "extended"]
    current: Count
    message: str


class WeeklyProgress(Answer):
    sessions_so_far: Count
    weekly_goal: int = Field(ge=1, description="A usual week of this person.")
    on_track: bool
    days_remaining: int = Field(ge=0, le=6)


class EveningReview(AnalyzerAnswer):
    """The whole review."""

    date: IsoDate
    summary: DaySummary
    performance_analysis: Performance
    notes_analysis: NotesAnalysis
    tomorrow_recommendations: list[str] = Field(min_length=1, max_length=4)
    streak_update: StreakUpdate
    weekly_progress: WeeklyProgress
    closing_thought: str
