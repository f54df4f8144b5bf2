"""Answer of ``GET /api/insights/summary``: the heads of four other answers."""

from typing import Literal

from pydantic import Field

from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.burnout import BurnoutFactor, RiskLevel
from tandem.pomodoro.schemas.common import Answer, Count, Hour, Percent, UnitInterval, WeekdayName
from tandem.pomodoro.schemas.predictions import Trends


class AnalysisHead(Answer):
    """From ``GET /api/analysis``."""

    best_hours: list[Hour] = Field(max_length=3, examples=[[9, 10, 14]])
    best_day: WeekdayName | None = Field(description="Null without a rating.", examples=["Tuesday"])
    trend: Literal["up", "down", "stable"] = Field(examples=["stable"])


class RecommendationHead(Answer):
    """From ``GET /api/recommendation``."""

    preset: PresetKey = Field(examples=["deep_work"])
    reason: str = Field(min_length=1, description="Why, in the reader's language.")
    confidence: UnitInterval = Field(examples=[0.74])


class PredictionHead(Answer):
    """From ``GET /api/prediction/today``."""

    sessions: Count = Field(description="Predicted for the whole day.", examples=[5])
    productivity: Percent = Field(examples=[72.5])
    remaining: Count = Field(examples=[3])


class BurnoutHead(Answer):
    """From ``GET /api/burnout-risk``."""

    risk_score: int = Field(ge=0, le=100, examples=[18])
    risk_level: RiskLevel = Field(examples=["low"])
    top_factor: BurnoutFactor | None = Field(description="The factor with most points, null without one.")


class InsightsSummary(Answer):
    """All of them."""

    analysis: AnalysisHead
    recommendation: RecommendationHead
    prediction: PredictionHead
    trends: Trends
    burnout: BurnoutHead
