"""Answer of ``GET /api/burnout-risk``: a workload-change signal, under the name that its clients know."""

from typing import Annotated, Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Basis, Count

BurnoutFactorKey = Literal[
    "declining_productivity", "overwork", "night_sessions", "weekend_work", "variability", "continuous_days"
]

RiskLevel = Literal["low", "medium", "high", "critical", "unknown"]

FactorSeverity = Literal["low", "medium", "high"]

SampleConfidence = Annotated[
    float, Field(ge=0, le=0.85, json_schema_extra={"enum": [0.0, 0.3, 0.5, 0.7, 0.85]})
]
"""One of five steps."""


class BurnoutFactor(Answer):
    """One sign of a changed or heavy load."""

    factor: BurnoutFactorKey = Field(description="Which sign this is.", examples=["overwork"])
    name: str = Field(description="Its name in the reader's language.", examples=["Higher load than usual"])
    severity: FactorSeverity = Field(description="Which band the value falls into.", examples=["medium"])
    score: int = Field(ge=1, le=25, description="Points that it adds to `risk_score`.", examples=[12])
    value: float = Field(
        description=(
            "What was measured: % for declining_productivity, night_sessions and weekend_work; ratio for overwork; "
            "rating points for variability; days for continuous_days."
        ),
        examples=[1.64],
    )
    usual: float | None = Field(
        description="The same measure in this person's own baseline, null where there is none.",
        examples=[1.0],
    )
    message: str = Field(description="What was measured, in words.")


class LoadBaseline(Answer):
    """What is usual for this person, and how much is known of it."""

    days: Count = Field(description="Days of the baseline, days without sessions included.", examples=[42])
    sessions: Count = Field(description="Completed sessions in them.", examples=[120])
    sessions_per_day: float | None = Field(
        description="Usual load, null while it is unknown.", examples=[2.86], ge=0
    )
    basis: Basis = Field(
        description="`default` while there is no baseline: values are then judged by themselves."
    )


class BurnoutRisk(Answer):
    """How far the last 14 days differ from what is usual for this person. Not a diagnosis."""

    risk_score: int = Field(ge=0, le=100, description="Sum of the factors' points.", examples=[37])
    risk_level: RiskLevel = Field(
        description="0-25 low, 26-50 medium, 51-75 high, 76-100 critical; unknown below 5 sessions in the window.",
        examples=["medium"],
    )
    risk_factors: list[BurnoutFactor] = Field(description="Factors with points, the heaviest first.")
    recommendations: list[str] = Field(
        min_length=1, max_length=3, description="What may help, at most three."
    )
    confidence: SampleConfidence = Field(
        description=(
            "How much data the signal rests on, not how likely it is to be right: 0.3 below 15 sessions in the "
            "window, 0.5 below 30, 0.7 below 50, else 0.85; 0.0 when unknown."
        ),
        examples=[0.7],
    )
    analyzed_period: Literal["14 days"] = Field(
        default="14 days", description="The window: today and 13 days before."
    )
    total_sessions_analyzed: Count = Field(description="Completed sessions in the window.", examples=[41])
    scope: str = Field(description="What this signal measures and what it cannot see.")
    baseline: LoadBaseline = Field(description="What the window is compared with.")
    message: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Only while there is too little data: what is missing.",
    )
