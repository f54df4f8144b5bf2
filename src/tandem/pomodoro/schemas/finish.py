"""Answer of ``GET /api/prediction/finish``."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Basis, Count

MOMENT = "In the user's zone, with its offset."


class PlannedSession(Answer):
    """One of the sessions as it would usually lie."""

    number: int = Field(ge=1, examples=[1])
    starts_at: datetime = Field(description=MOMENT)
    ends_at: datetime = Field(description=f"{MOMENT} The median, like `finishes_at`.")


class FinishPrediction(Answer):
    """When so many more sessions will be done, breaks included."""

    sessions: int = Field(ge=1, examples=[3])
    completed_today: Count = Field(description="Done today; not in `sessions`.", examples=[2])
    starts_at: datetime = Field(description=f"{MOMENT} Now, or the end of a session that still runs.")
    finishes_at: datetime = Field(description=f"{MOMENT} The median: as likely earlier as later.")
    interval_80: tuple[datetime, datetime] = Field(
        description="Between these it ends in about 80 of 100 such cases. The width is that of real days, long breaks included."
    )
    total_minutes: Count = Field(description="From `starts_at` to `finishes_at`.", examples=[193])
    interval_minutes: tuple[Count, Count] = Field(description="`interval_80` as minutes from `starts_at`.")
    work_minutes: Count = Field(description="Of `total_minutes`, within sessions.", examples=[156])
    break_minutes: Count = Field(description="Of `total_minutes`, between them.", examples=[37])
    past_midnight: bool = Field(description="Whether `finishes_at` lies on another day.")
    plan: list[PlannedSession] = Field(min_length=1, max_length=24)
    method: Literal["runs", "pieces", "default"] = Field(
        description=(
            "`runs`: read off this person's own runs of so many sessions; `pieces`: put together from single sessions "
            "and breaks; `default`: from the preset, for nothing is known."
        )
    )
    basis: Basis
    sample_days: Count = Field(description="Days with sessions that it stands on, of the last 180.")
    sample_sessions: Count
