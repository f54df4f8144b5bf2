"""What fitting anew answers."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count, UnitInterval


class FittedForecast(Answer):
    """The forecast of sessions per day, fitted to the finished days; 80 % intervals."""

    days: Count = Field(description="Days that it was fitted to.")
    date: dt.date = Field(description="The day that it is for.")
    sessions: Count
    low: Count
    high: Count
    week_sessions: Count = Field(description="In the seven days from `date` on.")
    week_low: Count
    week_high: Count


class BacktestScores(Answer):
    """How good a method would have been on the last 40 % of the days, each forecast from the days before it."""

    mae_1d: float = Field(description="Mean absolute error, sessions a day.")
    mae_7d: float = Field(description="Mean absolute error, sessions a week.")
    pinball: float = Field(description="Mean pinball loss of the quantiles 0.1, 0.5, 0.9.")
    coverage80: UnitInterval = Field(description="Share of the days inside the 80 % interval.")
    scored_days: Count


class FitResult(Answer):
    """What was fitted, and its score beside simple methods."""

    fitted_at: dt.datetime
    data_version: Count
    demo: bool = Field(description="Whether these are demonstration sessions.")
    sessions_analyzed: Count
    sessions_with_rating: Count
    forecast: FittedForecast | None = Field(description="Null without a finished day.")
    backtest: dict[str, BacktestScores] | None = Field(
        description="By method; `tandem` is ours. Null below 14 days."
    )
    backtest_missing_days: Count


class TrainingJob(Answer):
    """How a fit stands."""

    id: UUID
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    status_url: str = Field(examples=["/api/train/6c1f0f5e-0c1e-4a55-9d53-0f6f6f1b4d3a"])
    worker: bool = Field(
        description="Whether a worker is there to do it; if not, start one: `tandem jobs run`."
    )


class TrainingStatus(TrainingJob):
    """How a fit stands, and what came of it."""

    attempt: Count
    progress: dict[str, Any] | None = Field(examples=[{"step": "fitting", "sessions": 240}])
    error: str | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    result: FitResult | None
