"""The types and the base class that all answers share."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base of every answer and of its parts: cannot be changed, has no undeclared key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Percent = Annotated[float, Field(ge=0, le=100)]
"""A rating, a mean of ratings or an expected productivity, 0-100."""

UnitInterval = Annotated[float, Field(ge=0, le=1)]
"""A confidence, a share or a probability, 0-1."""

Count = Annotated[int, Field(ge=0)]
"""A number of sessions, ratings, days or minutes."""

Hour = Annotated[int, Field(ge=0, le=23)]
"""An hour of the local day."""

Weekday = Annotated[int, Field(ge=0, le=6)]
"""0 = Monday .. 6 = Sunday."""

IsoDate = Annotated[date, Field(examples=["2026-03-02"])]
"""A local calendar day, in JSON ``YYYY-MM-DD``."""

LocalTimestamp = Annotated[str, Field(examples=["2026-03-02T09:30:00"])]
"""Local time without an offset, ISO 8601; made by :func:`local_timestamp`."""

WeekdayName = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
"""Data, not text: the same in every language."""

Basis = Literal["history", "default"]
"""Whether a figure comes from this person's sessions or is a named default."""


def local_timestamp(now: datetime) -> str:
    """Return ``now``, which is in the user's zone, as the contract writes moments: no offset, whole seconds."""
    return now.replace(tzinfo=None).isoformat(timespec="seconds")
