"""The six kinds of anomaly that ``GET /api/detect-anomalies`` can report, each with its evidence."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count, IsoDate, Percent

AnomalyType = Literal[
    "productivity_drop",
    "unusual_hours",
    "category_shift",
    "streak_break",
    "overwork_spike",
    "quality_decline",
]

AnomalySeverity = Literal["low", "medium", "high", "critical"]


class AnomalyBase(Answer):
    """What all kinds of anomaly share."""

    name: str = Field(description="Its name in the reader's language.", examples=["Unusual hours"])
    severity: AnomalySeverity = Field(examples=["low"])
    description: str = Field(
        description="What was seen.", examples=["3 sessions began outside your usual hours (7:00 to 18:00)."]
    )
    recommendation: str = Field(
        description="What to do about it.", examples=["Plan a lighter day and keep your breaks."]
    )


class DropEvidence(Answer):
    """Which ratings fell."""

    period: Literal["last_3_days"] = "last_3_days"
    data_points: list[Percent] = Field(
        max_length=5, description="The newest ratings, oldest of them first.", examples=[[45.0, 40.0, 50.0]]
    )
    sessions: Count = Field(description="Rated sessions of the last 3 days.", examples=[6])


class ProductivityDrop(AnomalyBase):
    """Ratings of the last 3 days lie below the 14 days before."""

    type: Literal["productivity_drop"] = "productivity_drop"
    icon: Literal["📉"] = "📉"
    z_score: float = Field(
        lt=-1.5,
        description="Fall in standard deviations of the baseline's single ratings.",
        examples=[-2.31],
    )
    current_value: Percent = Field(description="Mean rating of the last 3 days.", examples=[45.0])
    baseline_value: Percent = Field(description="Mean rating of the 14 days before.", examples=[74.2])
    change_percent: float = Field(lt=0, description="Of the mean, % of the baseline's.", examples=[-39.4])
    evidence: DropEvidence


class HoursEvidence(Answer):
    """Which hours are usual, and which were not."""

    normal_range: str = Field(
        description="First and last usual starting hour; exactly what was tested.", examples=["7:00 - 18:00"]
    )
    unusual_sessions: list[str] = Field(
        max_length=5, description="Starting hours, newest first.", examples=[["23:00"]]
    )


class UnusualHours(AnomalyBase):
    """Sessions of the last 3 days began at unusual hours."""

    type: Literal["unusual_hours"] = "unusual_hours"
    icon: Literal["🌙"] = "🌙"
    evidence: HoursEvidence


class ShiftEvidence(Answer):
    """How the categories of the last 7 days are distributed."""

    baseline_top: str | None = Field(
        description="Category with most sessions in the 14 days before.", examples=["Coding"]
    )
    recent_distribution: dict[str, Percent] = Field(
        description="Share of each category in the last 7 days, %.",
        examples=[{"Learning": 66.7, "Coding": 33.3}],
    )


class CategoryShift(AnomalyBase):
    """The mix of categories of the last 7 days differs from the 14 days before."""

    type: Literal["category_shift"] = "category_shift"
    icon: Literal["🔄"] = "🔄"
    category: str = Field(description="The category whose share changed most.", examples=["Learning"])
    change_percent: float = Field(
        gt=30, le=100, description="Change of its share, absolute percentage points.", examples=[46.7]
    )
    evidence: ShiftEvidence


class StreakEvidence(Answer):
    """Where the streak ended."""

    streak_length: int = Field(ge=7, examples=[12])
    gap_start: IsoDate | None = Field(description="First day without a session.")
    open: bool = Field(description="Whether the gap still lasts.", examples=[True])


class StreakBreak(AnomalyBase):
    """Seven days in a row or more were followed by at least two finished days without a session."""

    type: Literal["streak_break"] = "streak_break"
    icon: Literal["💔"] = "💔"
    streak_days: int = Field(ge=7, examples=[12])
    gap_days: int = Field(
        ge=2, description="Days without a session; today counts only when it is over.", examples=[3]
    )
    evidence: StreakEvidence


class SpikeEvidence(Answer):
    """Sessions per day with a session."""

    recent_sessions_per_day: float = Field(examples=[7.3])
    baseline_sessions_per_day: float = Field(examples=[3.4])


class OverworkSpike(AnomalyBase):
    """More sessions per active day in the last 3 days than in the 14 days before."""

    type: Literal["overwork_spike"] = "overwork_spike"
    icon: Literal["🔥"] = "🔥"
    ratio: int = Field(gt=150, description="Sessions per active day, % of the baseline's.", examples=[215])
    current_avg: float = Field(description="Sessions per active day, last 3 days.", examples=[7.3])
    baseline_avg: float = Field(description="Sessions per active day, the 14 days before.", examples=[3.4])
    evidence: SpikeEvidence


class DeclineEvidence(Answer):
    """The run of low ratings."""

    consecutive_ratings: list[Percent] = Field(
        description="Oldest first, the last is the newest rating.", examples=[[50.0, 45.0, 55.0]]
    )
    baseline_threshold: Percent = Field(description="Below which a rating counts as low.", examples=[63.0])


class QualityDecline(AnomalyBase):
    """The newest ratings are all low, one after another."""

    type: Literal["quality_decline"] = "quality_decline"
    icon: Literal["⚠️"] = "⚠️"
    consecutive_count: int = Field(ge=3, examples=[3])
    avg_recent: Percent = Field(description="Mean of these ratings.", examples=[50.0])
    baseline_avg: Percent = Field(description="Mean rating of the 14 days before.", examples=[74.2])
    evidence: DeclineEvidence


Anomaly = Annotated[
    ProductivityDrop | UnusualHours | CategoryShift | StreakBreak | OverworkSpike | QualityDecline,
    Field(discriminator="type"),
]
