"""Question and answer of ``POST /api/ai/plan``."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.schemas.common import Answer, Basis, Count, IsoDate

MOMENT = "In the user's zone, with its offset."


class PlanTask(BaseModel):
    """A task and how much it takes: sessions, or else minutes of work, or else one session."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    task: Annotated[str, Field(min_length=1, max_length=200, examples=["Write the tests"])]
    category: Annotated[str | None, Field(max_length=100)] = None
    sessions: Annotated[int | None, Field(ge=1, le=24, examples=[2])] = None
    minutes: Annotated[int | None, Field(ge=1, le=1440, examples=[90])] = None


class PlanBody(BaseModel):
    """The tasks, in the order in which they are to be done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tasks: Annotated[list[PlanTask], Field(min_length=1, max_length=24)]
    preset: Annotated[PresetKey | None, Field(description="The one recommended now by default.")] = None
    start_at: Annotated[
        str | None, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Later today; now by default.", examples=["13:30"])
    ] = None  # fmt: skip


class TaskSession(Answer):
    """One session of a task."""

    number: int = Field(ge=1, description="Of the whole plan.")
    starts_at: datetime = Field(description=MOMENT)
    ends_at: datetime = Field(description=MOMENT)


class PlannedTask(Answer):
    """A task in its place."""

    task: str
    category: str | None
    sessions_count: int = Field(ge=1)
    starts_at: datetime = Field(description=MOMENT)
    ends_at: datetime = Field(description=MOMENT)
    sessions: list[TaskSession] = Field(min_length=1)


class TaskPlan(AIAnswer):
    """Today's schedule; rules make it, no language model is asked."""

    date: IsoDate
    preset: PresetKey
    total_sessions: int = Field(ge=1, le=24)
    starts_at: datetime = Field(description=MOMENT)
    finishes_at: datetime = Field(description=f"{MOMENT} The median: as likely earlier as later.")
    interval_80: tuple[datetime, datetime] = Field(
        description="Between these it ends in about 80 of 100 such cases."
    )
    work_minutes: Count
    break_minutes: Count
    fits_today: bool = Field(description="Whether `finishes_at` lies before midnight.")
    surely_fits_today: bool = Field(description="Whether the whole interval does.")
    basis: Basis
    tasks: list[PlannedTask] = Field(min_length=1)
    insights: str
