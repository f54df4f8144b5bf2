"""How well a session would go now, factor by factor, in words."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Prose
from tandem.pomodoro.presets import PRESETS
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, Percent, UnitInterval
from tandem.pomodoro.schemas.quality import FactorScore

Impact = Literal["positive", "neutral", "negative"]
AdviceType = Literal["positive", "warning", "suggestion"]
Icon = Literal["rocket", "warning", "lightbulb"]

_GOOD: Final = 75
_POOR: Final = 60
_ADVICE: Final[dict[str, tuple[AdviceType, Icon]]] = {
    "positive": ("positive", "rocket"), "warning": ("warning", "warning"), "negative": ("warning", "warning"),
}  # fmt: skip


class QualityQuestion(BaseModel):
    """Which session."""

    model_config = ConfigDict(frozen=True)

    preset: str
    category: str | None
    hour: int


class ReasonDraft(Draft):
    reason: Prose


class FactorsDraft(Draft):
    hour: ReasonDraft
    day: ReasonDraft
    preset: ReasonDraft
    category: ReasonDraft
    fatigue: ReasonDraft
    recovery: ReasonDraft


class AdviceDraft(Draft):
    message: Prose
    action: Prose


class QualityDraft(Draft):
    """What the model writes."""

    factor_analysis: FactorsDraft
    recommendation: AdviceDraft
    notes_context: Annotated[list[Prose], Field(max_length=3)]


class Factor(Answer):
    score: int = Field(ge=0, le=100)
    impact: Impact
    reason: str


class FactorAnalysis(Answer):
    hour: Factor
    day: Factor
    preset: Factor
    category: Factor
    fatigue: Factor
    recovery: Factor


class Advice(Answer):
    type: AdviceType
    message: str
    action: str
    icon: Icon


class QualityAnalysis(AnalyzerAnswer):
    """The whole analysis."""

    predicted_productivity: Percent
    interval_80: tuple[Percent, Percent]
    confidence: UnitInterval
    factor_analysis: FactorAnalysis
    recommendation: Advice
    notes_context: list[str] = Field(max_length=3)


TASK: Final = (
    "Explain how well a focus session would go now. factor_analysis: one reason for each factor (hour of the day, weekday, preset, "
    "category, fatigue of today, recovery since the last session). recommendation: a message and one action. "
    "notes_context: what the notes add, an empty list without notes."
)


def rules(facts: Facts, question: QualityQuestion) -> QualityDraft:
    """Write without a model."""
    found = facts.quality(question.preset, question.category)
    advice = found.recommendation
    return QualityDraft(
        factor_analysis=_reasons(facts, question),
        recommendation=AdviceDraft(message=advice.message, action=advice.action or _action(facts)),
        notes_context=[],
    )


def _action(facts: Facts) -> str:
    return facts.text("Start the timer and put the phone away.")


def _reasons(facts: Facts, question: QualityQuestion) -> FactorsDraft:
    text, found = facts.text, facts.quality(question.preset, question.category)
    scores = found.factor_scores
    preset = PRESETS[question.preset].name if question.preset in PRESETS else question.preset

    def said(score: FactorScore, own: str, usual: str) -> ReasonDraft:
        # 0.2 and less is what a default has.
        return ReasonDraft(reason=own if score.confidence > 0.2 else usual)

    category = question.category
    return FactorsDraft(
        hour=said(
            scores.hour, text("At this hour your sessions reach about {score} %.", score=round(scores.hour.score)),
            text("There are few ratings of this hour; the usual course of a day speaks."),
        ),
        day=said(
            scores.day,
            text("Ratings {on_day} usually reach about {rating} %.", on_day=facts.say.on_weekday(facts.now.weekday()),
                 rating=round(scores.day.score)),
            text("There are few ratings of this weekday."),
        ),
        preset=said(
            scores.preset, text("{preset} reaches about {score} % with you.", preset=preset, score=round(scores.preset.score)),
            text("There are few ratings of this preset."),
        ),
        category=said(
            scores.category,
            text("{category} reaches about {score} % with you.", category=category or "", score=round(scores.category.score)),
            text("There are few ratings of this category.") if category else text("No category was named."),
        ),
        fatigue=ReasonDraft(reason=text.count(
            "You have completed {n} session today.", "You have completed {n} sessions today.", facts.today.sessions
        )),
        recovery=_recovery(facts),
    )  # fmt: skip


def _recovery(facts: Facts) -> ReasonDraft:
    """Say how long the pause has been."""
    since = facts.hours_since_last
    if since is None or not facts.today.sessions:
        return ReasonDraft(reason=facts.text("It would be the first session today."))
    return ReasonDraft(
        reason=facts.text("The last session began {time} ago.", time=facts.say.duration(round(60 * since)))
    )


def assemble(facts: Facts, question: QualityQuestion, draft: QualityDraft) -> QualityAnalysis:
    """Put facts and texts together."""
    found, said = facts.quality(question.preset, question.category), draft.factor_analysis
    kind, icon = _ADVICE.get(found.recommendation.type, ("suggestion", "lightbulb"))
    scores = found.factor_scores
    return QualityAnalysis(
        predicted_productivity=found.predicted_productivity, interval_80=found.interval_80, confidence=found.confidence,
        factor_analysis=FactorAnalysis(
            hour=_factor(scores.hour, said.hour), day=_factor(scores.day, said.day), preset=_factor(scores.preset, said.preset),
            category=_factor(scores.category, said.category), fatigue=_factor(scores.fatigue, said.fatigue),
            recovery=_factor(scores.recovery, said.recovery),
        ),
        recommendation=Advice(
            type=kind, message=draft.recommendation.message, action=draft.recommendation.action, icon=icon
        ),
        notes_context=draft.notes_context,
    )  # fmt: skip


def _factor(score: FactorScore, said: ReasonDraft) -> Factor:
    impact: Impact = "positive" if score.score >= _GOOD else "negative" if score.score < _POOR else "neutral"
    return Factor(score=round(score.score), impact=impact, reason=said.reason)


def _slots(facts: Facts, question: QualityQuestion) -> dict[str, str]:
    found = facts.quality(question.preset, question.category)
    offered = {
        "expected_quality": facts.text("{rating} % expected now", rating=round(found.predicted_productivity)),
        "preset": PRESETS[question.preset].name if question.preset in PRESETS else question.preset,
    }
    return offered | ({"category": question.category} if question.category else {})


def _material(facts: Facts, question: QualityQuestion) -> str:
    factors = facts.quality(question.preset, question.category).factors
    named = [f"- {one.type}: {one.name} ({one.impact})" for one in factors]
    return "\n".join(["What stands out:", *(named or ["- nothing"]), *note_lines(facts, 30)])


ANALYZE_QUALITY: Final = Kind[QualityQuestion, QualityDraft, QualityAnalysis](
    name="analyze_quality", hours=0.5, patience=45, draft=QualityDraft, answer=QualityAnalysis, task=TASK,
    slots=("sessions_today", "rating_today", "rating_last_month", "best_hours", "recommended_preset", "energy", "sleep", "stress"),
    rules=rules, assemble=assemble, more_slots=_slots, material=_material,
)  # fmt: skip
