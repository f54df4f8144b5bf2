"""Answer of ``GET /api/detect-anomalies``: what is unlike this person's own last weeks."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count, Hour, IsoDate, LocalTimestamp, Percent

AnomalyType = Literal[
    "productivity_drop",
    "unusual_hours",
    "category_shift",
    "streak_break",
    "overwork_spike",
    "quality_decline",
]

AnomalySeverity = Literal["low", "medium", "high", "critical"]

AnomalyStatus = Literal["healthy", "info", "warning", "alert", "critical", "insufficient_data"]


ProductivityTrend = Literal["improving", "stable", "declining", "unknown"]

Regularity = Literal["regular", "moderate", "irregular", "unknown"]


class AnomalyBase(Answer):
    """What all kinds of anomaly share."""

    name: str = Field(description="Its name in the reader's language.")
    severity: AnomalySeverity
    description: str
    recommendation: str


class DropEvidence(Answer):
    """Which ratings fell."""

    period: Literal["last_3_days"] = "last_3_days"
    data_points: list[Percent] = Field(max_length=5, description="The newest ratings, oldest of them first.")
    sessions: Count = Field(description="Rated sessions of the last 3 days.")


class ProductivityDrop(AnomalyBase):
    """Ratings of the last 3 days lie below the 14 days before."""

    type: Literal["productivity_drop"] = "productivity_drop"
    icon: Literal["📉"] = "📉"
    z_score: float = Field(
        lt=-1.5, description="Fall in standard deviations of the baseline's single ratings."
    )
    current_value: Percent
    baseline_value: Percent
    change_percent: float = Field(lt=0)
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

    baseline_top: str | None
    recent_distribution: dict[str, Percent] = Field(
        description="Share of each category in the last 7 days, %."
    )


class CategoryShift(AnomalyBase):
    """The mix of categories of the last 7 days differs from the 14 days before."""

    type: Literal["category_shift"] = "category_shift"
    icon: Literal["🔄"] = "🔄"
    category: str = Field(description="The category whose share changed most.")
    change_percent: float = Field(
        gt=30, le=100, description="Change of its share, absolute percentage points."
    )
    evidence: ShiftEvidence


class StreakEvidence(Answer):
    """Where the streak ended."""

    streak_length: int = Field(ge=7)
    gap_start: IsoDate | None = Field(description="First day without a session.")
    open: bool = Field(description="Whether the gap still lasts.")


class StreakBreak(AnomalyBase):
    """Seven days in a row or more were followed by at least two finished days without a session."""

    type: Literal["streak_break"] = "streak_break"
    icon: Literal["💔"] = "💔"
    streak_days: int = Field(ge=7)
    gap_days: int = Field(ge=2, description="Days without a session; today counts only when it is over.")
    evidence: StreakEvidence


class SpikeEvidence(Answer):
    """Sessions per day with a session."""

    recent_sessions_per_day: float
    baseline_sessions_per_day: float


class OverworkSpike(AnomalyBase):
    """More sessions per active day in the last 3 days than in the 14 days before."""

    type: Literal["overwork_spike"] = "overwork_spike"
    icon: Literal["🔥"] = "🔥"
    ratio: int = Field(gt=150, description="Sessions per active day, % of the baseline's.")
    current_avg: float
    baseline_avg: float
    evidence: SpikeEvidence


class DeclineEvidence(Answer):
    """The run of low ratings."""

    consecutive_ratings: list[Percent] = Field(description="Oldest first, the last is the newest rating.")
    baseline_threshold: Percent = Field(description="Below which a rating counts as low.")


class QualityDecline(AnomalyBase):
    """The newest ratings are all low, one after another."""

    type: Literal["quality_decline"] = "quality_decline"
    icon: Literal["⚠️"] = "⚠️"
    consecutive_count: int = Field(ge=3)
    avg_recent: Percent = Field(description="Mean of these ratings.")
    baseline_avg: Percent
    evidence: DeclineEvidence


Anomaly = Annotated[
    ProductivityDrop | UnusualHours | CategoryShift | StreakBreak | OverworkSpike | QualityDecline,
    Field(discriminator="type"),
]


class SuggestionTip(Answer):
    """A hint that belongs to an anomaly."""

    type: Literal["suggestion"] = "suggestion"
    icon: Literal["💡"] = "💡"
    message: str
    related_anomaly: AnomalyType


class PositiveTip(Answer):
    """The one tip when nothing stands out."""

    type: Literal["positive"] = "positive"
    icon: Literal["✨"] = "✨"
    message: str


class TypicalHours(Answer):
    """First and last usual starting hour."""

    start: Hour
    end: Hour


class BaselineSummary(Answer):
    """What the last days were compared with: the 14 dates before the last 3."""

    avg_productivity: Percent = Field(description="Mean rating; 70 (a default) without one.")
    typical_hours: TypicalHours
    top_category: str | None
    avg_sessions_per_day: float = Field(
        ge=0, description="Per day with a session; 3 (a default) without one."
    )
    current_streak: Count = Field(description="Days in a row with a session, up to today or yesterday.")
    analysis_period_days: Literal[14] = 14
    sessions: Count = Field(
        description="Sessions in the baseline; below 5 only breaks of a streak are reported."
    )


class Patterns(Answer):
    """The last 7 days against the 14 days before them."""

    productivity_trend: ProductivityTrend = Field(
        description="A change of the mean rating by more than 5 points and beyond chance; unknown below 3 ratings."
    )
    work_intensity: Literal["high", "normal", "low", "unknown"] = Field(
        description="Sessions per active day against the baseline: above 130 % high, below 70 % low."
    )
    schedule_regularity: Regularity = Field(
        description="Standard deviation of the starting hours: up to 2 regular, up to 4 moderate; from 3 sessions on."
    )


class AnomalyMetadata(Answer):
    """What the answer rests on. ``unique_days`` and ``required_days`` stand only in ``insufficient_data``."""

    model_version: Literal["1.0"] = "1.0"
    total_sessions_analyzed: Count
    timestamp: LocalTimestamp
    analysis_period: Literal["14 days"] | None = Field(default=None, exclude_if=lambda value: value is None)
    unique_days: Count | None = Field(default=None, exclude_if=lambda value: value is None)
    required_days: Literal[7] | None = Field(default=None, exclude_if=lambda value: value is None)


class AnomalyReport(Answer):
    """The whole answer."""

    anomalies_detected: Count
    overall_status: AnomalyStatus
    anomalies: list[Anomaly] = Field(description="At most one of each type, in the order of the types.")
    proactive_tips: list[SuggestionTip | PositiveTip] = Field(max_length=3)
    baseline_summary: BaselineSummary | None
    patterns: Patterns | None
    confidence: float = Field(
        ge=0,
        le=0.9,
        description=(
            "How much data the answer rests on, not how likely an anomaly is real: "
            "0.3 + 0.4 for 30 active days + 0.2 for 100 sessions, in proportion, at most 0.9."
        ),
    )
    metadata: AnomalyMetadata
    message: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Only in `insufficient_data`: what is missing.",
    )
