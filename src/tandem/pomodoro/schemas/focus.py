"""Answer of ``GET /api/optimal-schedule``: which hours of a weekday suit a person, and a plan made of them."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.common import (
    Answer,
    Basis,
    Count,
    Hour,
    IsoDate,
    Percent,
    UnitInterval,
    Weekday,
    WeekdayName,
)

WeekdayNameCs = Literal["Pondělí", "Úterý", "Středa", "Čtvrtek", "Pátek", "Sobota", "Neděle"]
"""Data, not text: the same in every language."""

ClockHour = Annotated[str, Field(pattern=r"^\d{2}:00$", examples=["09:00"])]

HourConfidence = Annotated[
    float,
    Field(
        ge=0.1,
        le=1,
        json_schema_extra={"enum": [0.1, 0.4, 0.7, 1.0]},
        description="How many ratings this hour of this weekday has: none 0.1, 1-2 0.4, 3-5 0.7, 6 or more 1.0.",
    ),
]

Score = Annotated[
    float,
    Field(
        ge=0,
        le=100,
        description=(
            "What hours are ranked by: the expected rating, plus 0.3 points for each percentage point by which more "
            "of the sessions begun in this hour are finished than of all. Known and unknown hours are on one scale."
        ),
        examples=[78.4],
    ),
]

ExpectedProductivity = Annotated[
    float,
    Field(
        ge=0,
        le=100,
        description=(
            "Expected rating: the hour's own ratings pulled towards the same hour on other weekdays, and that towards "
            "a usual daily curve at this person's own level."
        ),
        examples=[76.2],
    ),
]


class PeakHour(Answer):
    """One of the five hours with the highest score between 6 and 22."""

    hour: int = Field(ge=6, le=22)
    time: ClockHour
    expected_productivity: ExpectedProductivity
    score: Score
    recommended_preset: PresetKey
    preset_name: str = Field(examples=["Deep Work"])
    preset_rating: Percent | None = Field(
        description="Mean rating of that preset in this hour of this weekday."
    )
    session_count: Count = Field(description="Completed sessions in this hour of this weekday.")
    confidence: HourConfidence
    basis: Basis = Field(
        description="`default`: no rating in this hour on any weekday, the usual daily curve speaks."
    )


class AvoidHour(Answer):
    """One of the five hours with the lowest score between 6 and 22."""

    hour: int = Field(ge=6, le=22)
    time: ClockHour
    expected_productivity: ExpectedProductivity
    score: Score
    reason: str
    session_count: Count
    confidence: HourConfidence
    basis: Basis


class HourOutlook(Answer):
    """What is known of one hour of this weekday."""

    hour: Hour
    time: ClockHour
    productivity: Percent | None = Field(description="Plain mean rating, null without one.")
    expected_productivity: ExpectedProductivity
    score: Score
    recommended_preset: PresetKey
    preset_name: str
    preset_rating: Percent | None
    session_count: Count
    completion_rate: Percent | None = Field(
        description="Sessions finished, % of those begun; null without any."
    )
    confidence: HourConfidence
    data_source: Literal["historical", "default"] = Field(
        description="Whether this very cell holds a rating."
    )


class PlannedSession(Answer):
    """One session of the plan; the next one begins after its break at the earliest."""

    slot: int = Field(ge=1)
    hour: int = Field(ge=6, le=21)
    time: ClockHour
    preset: PresetKey
    preset_name: str
    work_minutes: int = Field(ge=1)
    break_minutes: int = Field(ge=0)
    expected_productivity: ExpectedProductivity
    confidence: HourConfidence


class DayPlan(Answer):
    """The plan in the order of the day."""

    sessions: list[PlannedSession]
    total_work_minutes: Count
    total_break_minutes: Count
    total_time_minutes: Count
    avg_expected_productivity: Percent = Field(description="0 when there is no session.")
    sessions_count: Count = Field(description="How many sessions fit; may be fewer than were asked for.")


class ScheduleSummary(Answer):
    """The plan in a few figures."""

    best_time_range: str = Field(
        pattern=r"^\d{2}:00 - \d{2}:00$",
        description="The unbroken run of hours around the best one that are all among the best three.",
        examples=["09:00 - 11:00"],
    )
    recommended_break_times: list[int] = Field(
        min_length=2, max_length=2, description="The two hours with the lowest score.", examples=[[13, 22]]
    )
    recommended_sessions: int = Field(ge=1, le=12, description="The number that was asked for.")
    total_work_minutes: Count
    total_break_minutes: Count
    total_time_minutes: Count
    expected_avg_productivity: Percent


class OptimalSchedule(Answer):
    """The outlook for every hour of a weekday, and a plan made of the best ones."""

    date: IsoDate = Field(description="The current day, whatever weekday was asked for.")
    day_of_week: WeekdayNameCs
    day_of_week_en: WeekdayName
    day_of_week_num: Weekday = Field(description="0 = Monday.")
    peak_hours: list[PeakHour] = Field(min_length=5, max_length=5, description="Best hours, the best first.")
    avoid_hours: list[AvoidHour] = Field(
        min_length=5, max_length=5, description="Worst hours, the worst first."
    )
    hourly_breakdown: dict[str, HourOutlook] = Field(description='By hour, "0".."23".')
    optimal_schedule: DayPlan
    summary: ScheduleSummary
    confidence: UnitInterval = Field(
        description=(
            "How much data the answer rests on: 0.7 for 50 ratings or more (in proportion below), and 0.3 times the "
            "share of the hours 6-22 that have a rating on this weekday."
        )
    )
    total_sessions_analyzed: Count = Field(description="Rated sessions on all weekdays.")
    recommendation_basis: str
