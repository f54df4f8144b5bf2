"""Answer of ``GET /api/detect-anomalies``: what is unlike this person's own last weeks."""

from typing import Literal

from pydantic import Field

from tandem.pomodoro.schemas.anomaly_kinds import Anomaly, AnomalyType
from tandem.pomodoro.schemas.common import Answer, Basis, Count, Hour, LocalTimestamp, Percent

AnomalyStatus = Literal["healthy", "info", "warning", "alert", "critical", "insufficient_data"]


ProductivityTrend = Literal["improving", "stable", "declining", "unknown"]

Regularity = Literal["regular", "moderate", "irregular", "unknown"]


class SuggestionTip(Answer):
    """A hint that belongs to an anomaly."""

    type: Literal["suggestion"] = "suggestion"
    icon: Literal["💡"] = "💡"
    message: str = Field(examples=["Set a fixed hour for the end of work."])
    related_anomaly: AnomalyType


class PositiveTip(Answer):
    """The one tip when nothing stands out, also when there was nothing to look at."""

    type: Literal["positive"] = "positive"
    icon: Literal["✨"] = "✨"
    message: str = Field(examples=["Nothing unusual in the last days. Keep going as you do."])


class TypicalHours(Answer):
    """First and last usual starting hour."""

    start: Hour = Field(examples=[8])
    end: Hour = Field(examples=[17])


class BaselineSummary(Answer):
    """What the last days were compared with: the 14 dates before the last 3."""

    avg_productivity: Percent = Field(
        description="Mean rating; where nothing is rated that of the whole history, 70 if that is not rated either.",
        examples=[71.5],
    )
    basis: Basis = Field(
        description="Of `avg_productivity`; `default`: no session of these 14 dates is rated.",
        examples=["history"],
    )
    typical_hours: TypicalHours
    top_category: str | None = Field(
        description="Category with most sessions, null without one.", examples=["Coding"]
    )
    avg_sessions_per_day: float = Field(
        ge=0,
        description="Per day with a session; of the whole history where these dates have none.",
        examples=[3.4],
    )
    current_streak: Count = Field(
        description="Days in a row with a session, up to today or yesterday.", examples=[5]
    )
    analysis_period_days: Literal[14] = 14
    sessions: Count = Field(
        description="Sessions in the baseline; below 5 only breaks of a streak are reported.",
        examples=[38],
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
    total_sessions_analyzed: Count = Field(description="Completed sessions.", examples=[240])
    timestamp: LocalTimestamp
    analysis_period: Literal["14 days"] | None = Field(default=None, exclude_if=lambda value: value is None)
    unique_days: Count | None = Field(default=None, exclude_if=lambda value: value is None)
    required_days: Literal[7] | None = Field(default=None, exclude_if=lambda value: value is None)


class AnomalyReport(Answer):
    """The whole answer."""

    anomalies_detected: Count = Field(examples=[1])
    overall_status: AnomalyStatus = Field(
        description="Of the worst severity; `healthy`: nothing was found, see `confidence` for how much was looked at.",
        examples=["info"],
    )
    anomalies: list[Anomaly] = Field(description="At most one of each type, in the order of the types.")
    proactive_tips: list[SuggestionTip | PositiveTip] = Field(
        max_length=3,
        description="One `positive` where nothing stands out, or where there was nothing to look at.",
    )
    baseline_summary: BaselineSummary | None
    patterns: Patterns | None
    confidence: float = Field(
        ge=0,
        le=0.9,
        description=(
            "How much data the answer rests on, not how likely an anomaly is real: "
            "0.3 + 0.4 for 30 active days + 0.2 for 100 sessions, in proportion, at most 0.9; less where the last 21 "
            "dates hold fewer than 10 sessions, in proportion, 0 where they hold none; halved where the baseline holds "
            "fewer than 5."
        ),
        examples=[0.86],
    )
    metadata: AnomalyMetadata
    message: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Only in `insufficient_data`: what is missing.",
    )
