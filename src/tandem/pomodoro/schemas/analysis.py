"""Answers of ``GET /api/analysis`` and ``POST /api/train``."""

from typing import Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count, Hour, Percent, WeekdayName
from tandem.pomodoro.schemas.training import TrainingJob


class GroupProductivity(Answer):
    """How one category or preset was rated."""

    avg_rating: Percent = Field(description="Mean rating, 0-100.", examples=[72.35])
    session_count: Count = Field(description="Rated sessions behind that mean.", examples=[14])


class HeatmapCell(Answer):
    """One hour of one weekday."""

    sessions: Count = Field(description="Completed sessions, rated or not.", examples=[5])
    avg_rating: Percent = Field(description="Mean rating, 0 where none is rated.", examples=[68.5])
    rated: Count = Field(description="Rated sessions behind that mean.", examples=[4])


class Analysis(Answer):
    """When, and at what, this person works well."""

    best_hours: list[Hour] = Field(
        max_length=3,
        description=(
            "Up to three hours, best first, by mean rating pulled towards the person's own; "
            "hours with fewer than three ratings only where no hour has as many."
        ),
        examples=[[9, 10, 14]],
    )
    worst_hours: list[Hour] = Field(
        max_length=3, description="Up to three other hours, worst first.", examples=[[22, 13]]
    )
    best_day: WeekdayName | None = Field(description="Null without a rating.", examples=["Tuesday"])
    productivity_by_hour: dict[str, Percent] = Field(
        description="Plain mean rating by hour, only hours with a rating.",
        examples=[{"9": 81.25, "14": 70.0}],
    )
    productivity_by_day: dict[WeekdayName, Percent] = Field(
        description="Plain mean rating by weekday, only days with a rating.", examples=[{"Monday": 74.5}]
    )
    productivity_by_category: dict[str, GroupProductivity] = Field(
        description="Only categories with a rating.",
        examples=[{"Coding": {"avg_rating": 72.35, "session_count": 14}}],
    )
    productivity_by_preset: dict[str, GroupProductivity] = Field(
        description="Only presets with a rating.",
        examples=[{"deep_work": {"avg_rating": 74.1, "session_count": 31}}],
    )
    ratings_by_hour: dict[str, Count] = Field(
        description="How many ratings stand behind each hour's mean.", examples=[{"9": 24, "14": 11}]
    )
    ratings_by_day: dict[WeekdayName, Count] = Field(
        description="How many ratings stand behind each weekday's mean.", examples=[{"Monday": 30}]
    )
    trend: Literal["up", "down", "stable"] = Field(
        description="Last seven days against everything before, where the difference is more than chance.",
        examples=["stable"],
    )
    total_sessions_analyzed: Count = Field(description="Rated sessions.", examples=[214])


class AnalysisAnswer(Answer):
    """The whole answer of ``GET /api/analysis``."""

    analysis: Analysis
    heatmap: dict[WeekdayName, dict[str, HeatmapCell]] = Field(
        description='Weekday, then hour "0".."23".',
        examples=[{"Monday": {"9": {"sessions": 5, "avg_rating": 68.5, "rated": 4}}}],
    )


class TrainAnswer(Answer):
    """What the models stand on, and the job that fits them anew."""

    status: Literal["success"] = "success"
    sessions_analyzed: Count = Field(description="Completed sessions.", examples=[240])
    sessions_with_rating: Count = Field(description="Those of them with a rating.", examples=[214])
    job: TrainingJob | None = Field(default=None, description="The fit; ask `status_url` how it stands.")


class NothingToTrain(Answer):
    """There is no completed session yet."""

    status: Literal["no_data"] = "no_data"
    message: str = Field(
        description="In the reader's language.", examples=["There are no sessions to learn from yet."]
    )
