"""What a morning briefing consists of: the texts that are written, and the answer that facts and texts make up."""

from typing import Annotated, Literal, Self

from pydantic import Field

from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.ai.wellbeing import WellbeingStatus
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, Count, IsoDate, Percent, UnitInterval


class HighlightDraft(Draft):
    highlight: Prose


class ReasoningDraft(Draft):
    reasoning: Prose


class SlotDraft(Draft):
    activity: Line
    reason: Prose


class ChallengeDraft(Draft):
    title: Line
    description: Prose


class ActionDraft(Draft):
    action: Prose
    reason: Prose
    when: Line


class WellbeingDraft(Draft):
    observation: Prose
    suggestion: Prose


class MotivationDraft(Draft):
    message: Prose


class BriefingDraft(Draft):
    """What the model writes."""

    greeting: Line
    yesterday_summary: HighlightDraft
    today_prediction: ReasoningDraft
    optimal_schedule: Annotated[list[SlotDraft], Field(max_length=12)]
    wellness_micro_action: ActionDraft
    wellbeing_check: WellbeingDraft
    motivation: MotivationDraft
    notes_insights: Annotated[list[Prose], Field(max_length=5, default_factory=list)]


class Yesterday(Answer):
    sessions: Count
    rating: Percent = Field(description="Mean rating; 0 where none is rated, see `rated_sessions`.")
    rated_sessions: Count
    highlight: str


class Expectation(Answer):
    expected_sessions: Count
    interval_80: tuple[Count, Count]
    expected_productivity: Percent
    confidence: UnitInterval
    reasoning: str


class ScheduledActivity(Answer):
    time: str = Field(pattern=r"^\d\d:\d\d$")
    duration: int = Field(ge=1, description="Minutes.")
    preset: PresetKey
    category: str
    activity: str
    reason: str


class BriefingChallenge(Answer):
    title: str
    description: str
    target: int = Field(ge=1)
    xp_reward: int = Field(ge=0)


class MicroAction(Answer):
    action: str
    reason: str
    when: str


class RiskFactor(Answer):
    factor: str
    level: Literal["low", "medium", "high"]
    value: float
    impact: str


class WellbeingCheck(Answer):
    status: WellbeingStatus
    observation: str
    suggestion: str
    rest_day_consideration: bool


class Progress(Answer):
    name: str
    progress: Count
    target: Count


class Motivation(Answer):
    message: str
    achievement_progress: Progress


class FlatPrediction(Answer):
    """The forecast as the old fallback spelled it."""

    predicted_sessions: Count
    productivity_prediction: int = Field(ge=0, le=100)
    best_hours: str


class MorningBriefing(AnalyzerAnswer):
    """A briefing; ``yesterday_summary`` is a text where rules wrote it, as the old fallback had it."""

    date: IsoDate
    greeting: str
    insights: str = Field(description="The whole briefing as one readable text.")
    yesterday_summary: Yesterday | str
    today_prediction: Expectation
    optimal_schedule: list[ScheduledActivity] = Field(max_length=6)
    daily_challenge: BriefingChallenge
    wellness_micro_action: MicroAction
    risk_factors_detected: list[RiskFactor]
    wellbeing_check: WellbeingCheck
    motivation: Motivation
    notes_insights: list[str] = Field(max_length=5)
    using_preset_recommender: bool = Field(
        description="True where rules wrote: the recommendation is the preset's."
    )
    recommendation: str
    recommended_preset: PresetKey
    confidence: UnitInterval
    prediction: FlatPrediction
    wellbeing: str

    def as_fallback(self) -> Self:
        """Return it in the shape that clients know of a briefing that no model wrote."""
        summary = self.yesterday_summary
        told = summary if isinstance(summary, str) else summary.highlight
        return self.model_copy(update={"yesterday_summary": told, "using_preset_recommender": True})
