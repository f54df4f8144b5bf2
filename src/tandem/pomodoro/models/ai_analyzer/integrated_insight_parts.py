"""What an integrated insight consists of: the answers brought together, the texts that are written, and the whole."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.models.ai_analyzer.anomalies import AnomalyAnalysis
from tandem.pomodoro.models.ai_analyzer.burnout import BurnoutAnalysis
from tandem.pomodoro.models.ai_analyzer.schedule import ScheduleAnalysis
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, UnitInterval

Overall = Literal["thriving", "stable", "attention_needed", "intervention_required"]
InsightType = Literal["wellbeing", "productivity", "optimization", "achievement"]
Urgency = Literal["low", "medium", "high", "critical"]
Integrated = Literal["burnout", "anomaly", "productivity", "schedule"]

MODELS: Final[tuple[Integrated, ...]] = ("burnout", "anomaly", "productivity", "schedule")


class Parts(BaseModel):
    """The answers that are brought together."""

    model_config = ConfigDict(frozen=True)

    burnout: BurnoutAnalysis
    anomalies: AnomalyAnalysis
    schedule: ScheduleAnalysis


class PriorityDraft(Draft):
    title: Line
    message: Prose


class SynthesisDraft(Draft):
    agreements: Annotated[list[Prose], Field(max_length=4)]
    conflicts: Annotated[list[Prose], Field(max_length=4)]
    resolution: Prose


class PlanDraft(Draft):
    immediate: Prose
    today: Prose
    this_week: Prose


class NotesDraft(Draft):
    recurring_theme: Prose
    actionable_pattern: Prose


class InsightDraft(Draft):
    """What the model writes."""

    priority_insight: PriorityDraft
    model_synthesis: SynthesisDraft
    action_plan: PlanDraft
    notes_meta_insight: NotesDraft
    personalized_advice: Prose
    confidence_explanation: Prose


class IntegratedStatus(Answer):
    overall: Overall
    confidence: UnitInterval
    primary_focus: str


class PriorityInsight(Answer):
    type: InsightType
    title: str
    message: str
    urgency: Urgency


class Synthesis(Answer):
    agreements: list[str]
    conflicts: list[str]
    resolution: str


class ActionPlan(Answer):
    immediate: str
    today: str
    this_week: str


class NotesInsight(Answer):
    recurring_theme: str
    actionable_pattern: str


class IntegratedInsight(AnalyzerAnswer):
    """The whole insight."""

    integrated_status: IntegratedStatus
    priority_insight: PriorityInsight
    model_synthesis: Synthesis
    action_plan: ActionPlan
    notes_meta_insight: NotesInsight
    personalized_advice: str
    confidence_explanation: str
    models_integrated: tuple[Integrated, ...] = MODELS
