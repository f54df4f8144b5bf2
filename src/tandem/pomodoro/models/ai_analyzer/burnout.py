"""The workload-change signal in words: what changed, how it shows, and what may help. Not a diagnosis."""

from typing import Annotated, Final, Literal

from pydantic import Field

from tandem.pomodoro.ai import wellbeing
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.burnout import RiskLevel
from tandem.pomodoro.schemas.common import Answer, Count, UnitInterval

Stage = Literal["none", "early_warning", "caution", "intervention_needed"]
Engagement = Literal["high", "medium", "low"]
SentimentTrend = Literal["declining", "stable", "improving"]

_STAGES: Final[tuple[tuple[int, Stage], ...]] = (
    (20, "none"),
    (30, "early_warning"),
    (45, "caution"),
)
"""Below so many points."""


class FactorDraft(Draft):
    description: Prose


class NotesDraft(Draft):
    negative_signals: Annotated[list[Line], Field(max_length=5)]
    positive_signals: Annotated[list[Line], Field(max_length=5)]


class RecoveryDraft(Draft):
    immediate: Prose
    short_term: Prose
    long_term: Prose


class BurnoutDraft(Draft):
    """What the model writes."""

    primary_factors: Annotated[list[FactorDraft], Field(max_length=6)]
    preventive_recommendations: Annotated[list[Prose], Field(min_length=1, max_length=5)]
    notes_analysis: NotesDraft
    monitoring_advice: Prose
    recommendations: Annotated[list[Prose], Field(min_length=1, max_length=5)]
    recovery_plan: RecoveryDraft


class Signal(Answer):
    signal: str
    severity: Literal["low", "medium", "high"]
    trend: str
    duration: str


class PrimaryFactor(Answer):
    factor: str
    contribution: int = Field(ge=0, le=100, description="Points of the score.")
    description: str
    evidence: list[str]


class NotesAnalysis(Answer):
    negative_signals: list[str] = Field(max_length=5)
    positive_signals: list[str] = Field(max_length=5)
    engagement_level: Engagement
    sentiment_trend: SentimentTrend


class RecoveryPlan(Answer):
    immediate: str
    short_term: str
    long_term: str


class BurnoutAnalysis(AnalyzerAnswer):
    """The whole analysis."""

    burnout_risk_score: int = Field(ge=0, le=100)
    risk_level: RiskLevel
    early_warning_stage: Stage
    early_warning_signals: list[Signal]
    primary_factors: list[PrimaryFactor]
    preventive_recommendations: list[str]
    notes_analysis: NotesAnalysis
    monitoring_advice: str
    recommendations: list[str]
    recovery_plan: RecoveryPlan
    confidence: UnitInterval
    sessions_analyzed: Count
    scope: str = Field(description="What the signal measures and what it cannot see.")


TASK: Final = (
    "Explain a workload-change signal; it is no diagnosis and you must not make one. primary_factors: one description for each "
    "listed factor in the given order. preventive_recommendations and recommendations: things that lower the load. "
    "notes_analysis: signals in the notes, empty lists without notes. monitoring_advice: what to watch. recovery_plan: one "
    "step each for now, for the coming days and for the longer run."
)


def rules(facts: Facts, _: None) -> BurnoutDraft:
    """Write without a model."""
    text, risk = facts.text, facts.burnout
    return BurnoutDraft(
        primary_factors=[FactorDraft(description=one.message) for one in risk.risk_factors],
        preventive_recommendations=[
            text("Take the breaks that belong to your presets."), text("Keep at least one day a week free of work."),
            text("End the day at the same hour."),
        ],
        notes_analysis=NotesDraft(negative_signals=[], positive_signals=[]),
        monitoring_advice=text("Watch how many sessions a day you do and how you rate them; a change of both together says most."),
        recommendations=risk.recommendations,
        recovery_plan=RecoveryDraft(
            immediate=wellbeing.suggestion(facts),
            short_term=text("Keep to your usual number of sessions for a week and rate each of them."),
            long_term=text("Plan days off as firmly as work."),
        ),
    )  # fmt: skip


def assemble(facts: Facts, _: None, draft: BurnoutDraft) -> BurnoutAnalysis:
    """Put facts and texts together."""
    text, risk = facts.text, facts.burnout
    stage = next((name for below, name in _STAGES if risk.risk_score < below), "intervention_needed")
    described = [one.description for one in draft.primary_factors]
    factors = [
        PrimaryFactor(
            factor=one.name, contribution=one.score, evidence=[one.message],
            description=described[at] if at < len(described) else one.message,
        )
        for at, one in enumerate(risk.risk_factors)
    ]  # fmt: skip
    return BurnoutAnalysis(
        burnout_risk_score=risk.risk_score, risk_level=risk.risk_level, early_warning_stage=stage,
        early_warning_signals=[
            Signal(signal=one.name, severity=one.severity, trend=one.message, duration=text("the last 14 days"))
            for one in risk.risk_factors
        ],
        primary_factors=factors, preventive_recommendations=draft.preventive_recommendations,
        notes_analysis=NotesAnalysis(
            **draft.notes_analysis.model_dump(), engagement_level=_engagement(facts), sentiment_trend=_trend(facts)
        ),
        monitoring_advice=draft.monitoring_advice, recommendations=draft.recommendations,
        recovery_plan=RecoveryPlan(**draft.recovery_plan.model_dump()), confidence=risk.confidence,
        sessions_analyzed=risk.total_sessions_analyzed, scope=risk.scope,
    )  # fmt: skip


def _engagement(facts: Facts) -> Engagement:
    """Judge by the last seven days' share of the usual load: below a half low, above it and a fifth high."""
    usual = facts.usual_per_day
    if not usual:
        return "medium"
    ratio = facts.fortnight.sessions / 14 / usual
    return "low" if ratio < 0.5 else "high" if ratio > 1.2 else "medium"


def _trend(facts: Facts) -> SentimentTrend:
    seen = facts.trends.productivity_trend
    return "stable" if seen == "insufficient_data" else seen


def _material(facts: Facts, _: None) -> str:
    named = [f"- {one.name} ({one.severity})" for one in facts.burnout.risk_factors]
    return "\n".join(["Factors:", *(named or ["- none"]), *note_lines(facts)])


ANALYZE_BURNOUT: Final = Kind[None, BurnoutDraft, BurnoutAnalysis](
    name="analyze_burnout", hours=6, patience=45, draft=BurnoutDraft, answer=BurnoutAnalysis, task=TASK,
    slots=("risk_score", "usual_sessions", "usual_week", "sessions_this_week", "rating_this_week", "streak", "stress", "energy",
           "mood", "sleep"),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.fortnight.sessions >= 5, material=_material,
)  # fmt: skip
