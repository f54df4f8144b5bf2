"""Sessions as they are sent and answered."""

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tandem.pomodoro.presets import DEFAULT_CATEGORY, DEFAULT_PRESET, PRESETS, PresetKey

LONG_MINUTES = 180
"""Longer sessions are kept and flagged: most of them are a timer that was forgotten."""


def _storable(value: str) -> str:
    # PostgreSQL cannot hold NUL, and half a surrogate pair is no text at all.
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("must be valid Unicode text") from error
    return value


Text = Annotated[str, AfterValidator(_storable)]
Category = Annotated[
    Text,
    Field(min_length=1, max_length=100, description="What the time was spent on.", examples=["Learning"]),
]
Task = Annotated[Text, Field(max_length=200, description="What was worked on.", examples=["Chapter 3"])]
Notes = Annotated[
    Text, Field(max_length=10_000, description="Free text; never logged.", examples=["Went well."])
]
Minutes = Annotated[int, Field(ge=1, le=1440, strict=True, description="Length in minutes.", examples=[52])]
Rating = Annotated[
    float,
    Field(
        ge=0,
        le=100,
        strict=True,
        allow_inf_nan=False,
        description="How productive it was, 0-100.",
        examples=[80],
    ),
]
Preset = Annotated[PresetKey, Field(description="Kind of session.", examples=["deep_work"])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_DAY_BEGINS = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO_BEGINS = {"started_at": _DAY_BEGINS, "date": _DAY_BEGINS, "time": re.compile(r"\d\d:\d\d", re.ASCII)}


class _Moment(_Input):
    started_at: dt.datetime | None = Field(
        default=None,
        description="When it started, ISO 8601; without an offset in the user's zone. Default: now.",
        examples=["2026-03-02T09:15:00+01:00"],
    )
    date: dt.date | None = Field(
        default=None,
        description="Local day, together with `time` instead of `started_at`.",
        examples=["2026-03-02"],
    )
    time: Annotated[dt.time, Field(strict=False)] | None = Field(
        default=None, description="Local time, together with `date`.", examples=["09:15"]
    )

    @model_validator(mode="before")
    @classmethod
    def _iso_only(cls, data: Any) -> Any:
        # Numbers, also in quotes, would be read as epoch seconds or days, which no client of ours means.
        if isinstance(data, dict):
            for name, begins in _ISO_BEGINS.items():
                value = data.get(name)
                if value is not None and not (isinstance(value, str) and begins.match(value)):
                    raise ValueError(f"{name} must be a text in ISO 8601")
        return data

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.started_at is not None and (self.date is not None or self.time is not None):
            raise ValueError("give either started_at or date and time, not both")
        if (self.date is None) != (self.time is None):
            raise ValueError("date and time belong together")
        if self.time is not None and self.time.tzinfo is not None:
            raise ValueError("time is local and takes no offset; use started_at for one")
        return self


class SessionCreate(_Moment):
    """A finished (or abandoned) session to store."""

    preset: Preset = DEFAULT_PRESET
    category: Category = DEFAULT_CATEGORY
    task: Task | None = None
    notes: Notes | None = None
    duration_minutes: Minutes | None = Field(
        default=None, description="Length in minutes; the preset's working time when left out."
    )
    completed: bool = Field(default=True, strict=True, description="False for a session that was broken off.")
    productivity_rating: Rating | None = None

    @property
    def minutes(self) -> int:
        """The length to store."""
        return self.duration_minutes or PRESETS[self.preset].work_minutes


class SessionPatch(_Moment):
    """The fields to change; what is left out stays."""

    preset: Preset | None = None
    category: Category | None = None
    task: Task | None = None
    notes: Notes | None = None
    duration_minutes: Minutes | None = None
    completed: Annotated[bool, Field(strict=True)] | None = None
    productivity_rating: Rating | None = None

    @model_validator(mode="after")
    def _not_null(self) -> Self:
        for name in ("preset", "category", "duration_minutes", "completed"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} must not be null")
        return self


class SessionRead(BaseModel):
    """A stored session."""

    model_config = ConfigDict(frozen=True)

    id: UUID = Field(examples=["5f0c0c7e-8a52-4b7e-9f3e-2a6d1b9f4c11"])
    preset: str = Field(examples=["deep_work"])
    category: str = Field(examples=["Learning"])
    task: str | None = Field(examples=["Chapter 3"])
    notes: str | None = Field(examples=["Went well."])
    duration_minutes: int = Field(examples=[52])
    completed: bool = Field(examples=[True])
    productivity_rating: float | None = Field(examples=[80])
    date: dt.date = Field(description="Local day on which it started.", examples=["2026-03-02"])
    time: str = Field(description="Local time, HH:MM.", examples=["09:15"])
    hour: int = Field(description="0-23", examples=[9])
    started_at: dt.datetime = Field(examples=["2026-03-02T09:15:00+01:00"])
    created_at: dt.datetime | None = Field(examples=["2026-03-02T10:08:03+01:00"])
    updated_at: dt.datetime | None = Field(examples=["2026-03-02T10:08:03+01:00"])
    flags: list[Literal["long", "demo"]] = Field(
        description=f"`long`: over {LONG_MINUTES} minutes. `demo`: a demonstration session.", examples=[[]]
    )


class SessionPage(BaseModel):
    """Some sessions, newest first."""

    sessions: list[SessionRead]
    next_cursor: str | None = Field(
        description="Pass it as `cursor` for the next page; null on the last one.", examples=[None]
    )
