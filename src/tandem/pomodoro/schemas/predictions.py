"""Answers of ``GET /api/prediction/today``, ``/api/prediction/week`` and ``/api/trends``."""

from typing import Literal

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
    WeekdayName,
)

INTERVAL = "Between these (both included) the number lies in about 80 of 100 such days."
PRODUCTIVITY_BASIS = "`default`: nothing is rated yet; 70 is assumed."


class ScheduledHour(Answer):
    """One hour of the rest of the day."""

    hour: Hour = Field(examples=[11])
    recommended_preset: PresetKey
    priority: Literal["high", "medium"] = Field(
        description="High: one of the best hours of this weekday; medium: a midday hour for small things."
    )


class EnergyForecast(Answer):
    """The usual course of a day, not a measurement."""

    level: Literal["declining", "low", "high", "moderate"]
    message: str


class TodayPrediction(Answer):
    """How many sessions a day is going to have, and how they go."""

    date: IsoDate
    current_hour: Hour = Field(examples=[10])
    completed_sessions: Count = Field(description="Completed sessions of that day so far.", examples=[2])
    predicted_sessions: Count = Field(
        description="`expected_sessions`, rounded; for the whole day.", examples=[5]
    )
    remaining_sessions: Count = Field(description="max(0, predicted - completed).", examples=[3])
    expected_sessions: float = Field(
        ge=0,
        description="Mean of the forecast for the whole day, given what was done up to now.",
        examples=[4.7],
    )
    probability_any: UnitInterval = Field(
        description="That the day has at least one session.", examples=[0.93]
    )
    interval_80: tuple[Count, Count] = Field(description=INTERVAL, examples=[[3, 7]])
    predicted_productivity: Percent = Field(
        description="Expected mean rating on this weekday, pulled towards the person's own; 70 without ratings.",
        examples=[72.4],
    )
    productivity_basis: Basis = Field(description=PRODUCTIVITY_BASIS, examples=["history"])
    recommended_schedule: list[ScheduledHour] = Field(max_length=6)
    confidence: float = Field(
        description="By the number of completed sessions: under 10 0.3, under 30 0.5, under 100 0.7, else 0.85.",
        json_schema_extra={"enum": [0.3, 0.5, 0.7, 0.85]},
    )
    energy_forecast: EnergyForecast
    basis: Basis = Field(
        description="`default`: there is no finished day to learn from; 6 sessions are assumed."
    )
    sample_days: Count = Field(
        description="Finished days the forecast stands on, days without a session included.", examples=[120]
    )


class DayPrediction(Answer):
    """One day of the week."""

    date: IsoDate
    day_name: WeekdayName
    predicted_sessions: Count = Field(
        description=(
            "Of a finished day in a running week: what was done; of a week that is over: as of its beginning. Today's is "
            "that of `/api/prediction/today`; the other days are rounded together (largest remainder first), so that "
            "their sum stays next to the expected one: a day may differ from its own `expected_sessions`, rounded."
        ),
        examples=[5],
    )
    predicted_productivity: Percent = Field(examples=[72.4])
    productivity_basis: Basis = Field(description=PRODUCTIVITY_BASIS, examples=["history"])
    completed_sessions: Count = Field(description="Done so far; 0 for a day to come.", examples=[0])
    expected_sessions: float = Field(
        ge=0,
        description="Mean of the forecast; of a finished day in a running week what was done.",
        examples=[4.7],
    )
    probability_any: UnitInterval = Field(
        description="That the day has at least one session; 0 or 1 of a finished day in a running week.",
        examples=[0.93],
    )
    interval_80: tuple[Count, Count] = Field(
        description=f"{INTERVAL} Of a finished day in a running week both are what was done.",
        examples=[[3, 7]],
    )


class WeekPrediction(Answer):
    """Seven days in a row."""

    predictions: list[DayPrediction] = Field(
        min_length=7, max_length=7, description="The first is today by default."
    )
    total_predicted_sessions: Count = Field(
        description=(
            "Sum of the seven `predicted_sessions`; unless the week is over, less than one from the exact "
            "`expected_total` and within `interval_80`."
        ),
        examples=[29],
    )
    avg_predicted_productivity: Percent = Field(examples=[71.86])
    productivity_basis: Basis = Field(description=PRODUCTIVITY_BASIS, examples=["history"])
    expected_total: float = Field(
        ge=0,
        description="Expected sum: of a running week what is done of it plus the rest, of a past one as of its beginning.",
        examples=[28.4],
    )
    interval_80: tuple[Count, Count] = Field(
        description="Between these (both included) the sum lies in about 80 of 100 such weeks.",
        examples=[[21, 37]],
    )
    basis: Basis
    sample_days: Count = Field(examples=[120])


class Trends(Answer):
    """What changed within a window of days."""

    session_trend: Literal["stable", "insufficient_data"]
    productivity_trend: Literal["improving", "declining", "stable", "insufficient_data"] = Field(
        description="Later half of the window against the earlier, by days, where the difference is more than chance."
    )
    total_sessions: Count = Field(description="Completed sessions in the window.", examples=[38])
    avg_productivity: float = Field(
        ge=0, le=100, description="0 where there are too few ratings.", examples=[71.25]
    )
    session_change_percent: int | None = Field(
        description="Sessions of the later half against the earlier, %; null where that is empty.",
        examples=[12],
    )
