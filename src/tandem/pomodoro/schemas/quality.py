"""Question and answer of ``GET|POST /api/predict-quality``."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.pomodoro.schemas.common import (
    Answer,
    Basis,
    Count,
    Hour,
    LocalTimestamp,
    Percent,
    UnitInterval,
    Weekday,
)


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        # A ValueError, because pydantic turns only that into an answer to the caller.
        raise ValueError("a number is wanted, not a truth value")  # noqa: TRY004
    return value


WellnessValue = Annotated[
    Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None, BeforeValidator(_no_truth_value)
]


class Wellness(BaseModel):
    """How the person says they are today, each value 0-100; other keys of a check-in are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sleep_quality: WellnessValue = None
    energy_level: WellnessValue = None
    mood: WellnessValue = None
    stress_level: WellnessValue = Field(default=None, description="High is bad.")
    motivation: WellnessValue = None
    focus_ability: WellnessValue = None
    overall_wellness: WellnessValue = Field(default=None, description="Used as it is where given.")


class QualityBody(BaseModel):
    """JSON body; a field that is missing or null is taken from the query string, else its default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hour: Annotated[Hour | None, Field(strict=True, description="Default: now.", examples=[9])] = None
    day: Annotated[
        Weekday | None, Field(strict=True, description="0 = Monday. Default: today.", examples=[0])
    ] = None
    preset: Annotated[str, Field(max_length=200, examples=["deep_work"])] | None = None
    category: Annotated[str, Field(max_length=200, examples=["Coding"])] | None = None
    sessions_today: Annotated[
        int | None, Field(ge=0, le=100, strict=True, description="Finished so far. Default: 0.", examples=[2])
    ] = None
    minutes_since_last: Annotated[
        int | None, Field(ge=0, le=5_256_000, strict=True, description="Length of the pause.", examples=[20])
    ] = None
    wellness: Wellness | None = None


class QualityQuery(BaseModel):
    """The resolved question, as the model takes it.

    Any ``hour`` and ``day`` is accepted, because the old query parameters were never checked: of an hour outside 0-23 or
    a day outside 0-6 nothing is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hour: int
    day: int
    preset: str = "deep_work"
    category: str | None = None
    sessions_today: int = 0
    minutes_since_last: int | None = None
    wellness: Wellness | None = None


class QualityContext(Answer):
    """What the prediction is for."""

    hour: int = Field(examples=[9])
    day_of_week: int = Field(description="0 = Monday.", examples=[0])
    day_name: Literal["Pondeli", "Utery", "Streda", "Ctvrtek", "Patek", "Sobota", "Nedele", "Unknown"]
    preset: str = Field(examples=["deep_work"])
    preset_name: str = Field(examples=["Deep Work"])
    category: str | None = Field(examples=["Coding"])
    sessions_today: int = Field(examples=[2])
    minutes_since_last: int | None = Field(examples=[20])
    has_wellness_data: bool


class FactorScore(Answer):
    """One side of the context."""

    score: Percent = Field(description="Expected rating as far as this side tells.", examples=[78.4])
    confidence: UnitInterval = Field(
        description="Share of the score that comes from the person's own ratings or check-in; 0.1 for a default.",
        examples=[0.81],
    )
    weight: UnitInterval = Field(examples=[0.22])


class FactorScores(Answer):
    """All sides; the weights sum to 1."""

    hour: FactorScore
    day: FactorScore
    preset: FactorScore
    category: FactorScore
    fatigue: FactorScore
    recovery: FactorScore
    wellness: FactorScore


class QualityFactor(Answer):
    """What stands out."""

    type: Literal["positive", "negative"]
    name: str
    description: str
    impact: Literal["high", "medium", "low"]


class QualityAdvice(Answer):
    """What to do with the prediction."""

    type: Literal["positive", "warning", "neutral", "negative", "suggestion"]
    message: str
    action: str | None
    icon: str = Field(examples=["🚀"])


class QualityMetadata(Answer):
    """Where the prediction comes from."""

    model_version: Literal["1.1"] = "1.1"
    total_sessions_analyzed: Count = Field(description="Completed sessions.", examples=[240])
    wellness_integrated: bool
    timestamp: LocalTimestamp


class QualityPrediction(Answer):
    """The whole answer."""

    predicted_productivity: Percent = Field(description="Expected rating of the session.", examples=[76.3])
    confidence: UnitInterval = Field(
        description="Weighted mean of the confidences of the factors.", examples=[0.62]
    )
    interval_80: tuple[Percent, Percent] = Field(
        description="Between these the rating lies in about 80 of 100 cases, judging by how this person's ratings scatter.",
        examples=[[58.0, 94.6]],
    )
    basis: Basis = Field(description="`default`: nothing is rated yet.")
    context: QualityContext
    factor_scores: FactorScores
    factors: list[QualityFactor] = Field(max_length=5)
    recommendation: QualityAdvice
    metadata: QualityMetadata
