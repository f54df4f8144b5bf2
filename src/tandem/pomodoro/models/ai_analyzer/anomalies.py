"""What was unlike this person lately, in words."""

from typing import Annotated, Final, Literal

from pydantic import Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.models.ai_analyzer.evening_review_parts import Sentiment
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.anomaly_kinds import AnomalySeverity
from tandem.pomodoro.schemas.common import Answer, Count, UnitInterval

AnomalyKind = Literal[
    "productivity_drop", "unusual_hours", "category_shift", "overwork_spike", "quality_decline", "burnout_signals",
    "streak_break_risk",
]  # fmt: skip
Status = Literal["healthy", "info", "warning", "alert", "critical"]
Trend = Literal["improving", "stable", "declining"]
Intensity = Literal["light", "normal", "heavy", "overloaded"]
Regularity = Literal["consistent", "variable", "chaotic"]

_KINDS: Final[dict[str, AnomalyKind]] = {
    "productivity_drop": "productivity_drop", "unusual_hours": "unusual_hours", "category_shift": "category_shift",
    "overwork_spike": "overwork_spike", "quality_decline": "quality_decline", "streak_break": "streak_break_risk",
}  # fmt: skip
_INTENSITIES: Final[dict[str, Intensity]] = {"high": "heavy", "normal": "normal", "low": "light"}
_REGULARITIES: Final[dict[str, Regularity]] = {
    "regular": "consistent",
    "moderate": "variable",
    "irregular": "chaotic",
}
_TRENDS: Final[dict[str, Trend]] = {"improving": "improving", "declining": "declining"}


class AnomalyDraft(Draft):
    description: Prose
    recommendation: Prose


class TipDraft(Draft):
    message: Prose


class NotesDraft(Draft):
    overall: Sentiment
    keywords_detected: Annotated[list[Line], Field(max_length=8)]
    mood_trend: Prose


class AnomaliesDraft(Draft):
    """What the model writes."""

    anomalies: Annotated[list[AnomalyDraft], Field(max_length=7)]
    proactive_tips: Annotated[list[TipDraft], Field(min_length=1, max_length=3)]
    notes_sentiment_analysis: NotesDraft


class DescribedAnomaly(Answer):
    type: AnomalyKind
    severity: AnomalySeverity
    description: str
    evidence: list[str]
    confidence: UnitInterval
    recommendation: str


class Tip(Answer):
    type: Literal["suggestion", "positive"]
    icon: Literal["💡", "✨"]
    message: str


class PatternsFound(Answer):
    productivity_trend: Trend
    work_intensity: Intensity
    schedule_regularity: Regularity


class NotesSentiment(Answer):
    overall: Sentiment
    keywords_detected: list[str] = Field(max_length=8)
    mood_trend: str


class AnomalyAnalysis(AnalyzerAnswer):
    """The whole analysis."""

    anomalies_detected: Count
    overall_status: Status
    anomalies: list[DescribedAnomaly]
    proactive_tips: list[Tip]
    patterns_found: PatternsFound
    notes_sentiment_analysis: NotesSentiment
    confidence: UnitInterval
    sessions_analyzed: Count


TASK: Final = (
    "Explain what was unlike this person lately. anomalies: for each listed one, in the given order, a description and a "
    "recommendation; an empty list when none is listed. proactive_tips: a few concrete tips. notes_sentiment_analysis: mood "
    "and keywords of the notes; neutral and empty without notes."
)


def rules(facts: Facts, _: None) -> AnomaliesDraft:
    """Write without a model."""
    text, report = facts.text, facts.anomalies
    tips = [TipDraft(message=one.message) for one in report.proactive_tips]
    if report.message:
        tips = [TipDraft(message=report.message)]
    return AnomaliesDraft(
        anomalies=[
            AnomalyDraft(description=one.description, recommendation=one.recommendation)
            for one in report.anomalies
        ],
        proactive_tips=tips,
        notes_sentiment_analysis=NotesDraft(
            overall="neutral",
            keywords_detected=facts.note_words,
            mood_trend=text("The mood of notes is not judged without a language model.")
            if facts.note_words
            else text("No word of your notes of the last two weeks repeats itself."),
        ),
    )


def assemble(facts: Facts, _: None, draft: AnomaliesDraft) -> AnomalyAnalysis:
    """Put facts and texts together."""
    report, patterns = facts.anomalies, facts.anomalies.patterns
    written = rules(facts, None).anomalies
    texts = [draft.anomalies[at] if at < len(draft.anomalies) else written[at] for at in range(len(written))]
    described = [
        DescribedAnomaly(
            type=_KINDS[one.type], severity=one.severity, description=said.description, evidence=[one.description],
            confidence=report.confidence, recommendation=said.recommendation,
        )
        for one, said in zip(report.anomalies, texts, strict=True)
    ]  # fmt: skip
    status: Status = "info" if report.overall_status == "insufficient_data" else report.overall_status
    fine = not described
    return AnomalyAnalysis(
        anomalies_detected=report.anomalies_detected, overall_status=status, anomalies=described,
        proactive_tips=[
            Tip(type="positive" if fine else "suggestion", icon="✨" if fine else "💡", message=one.message)
            for one in draft.proactive_tips
        ],
        patterns_found=PatternsFound(
            productivity_trend=_TRENDS.get(patterns.productivity_trend, "stable") if patterns else "stable",
            work_intensity=_INTENSITIES.get(patterns.work_intensity, "normal") if patterns else "normal",
            schedule_regularity=_REGULARITIES.get(patterns.schedule_regularity, "variable") if patterns else "variable",
        ),
        notes_sentiment_analysis=NotesSentiment(**draft.notes_sentiment_analysis.model_dump()),
        confidence=report.confidence, sessions_analyzed=facts.fortnight.sessions,
    )  # fmt: skip


def _material(facts: Facts, _: None) -> str:
    named = [f"- {one.name} ({one.severity})" for one in facts.anomalies.anomalies]
    return "\n".join(["Anomalies:", *(named or ["- none"]), *note_lines(facts)])


ANALYZE_ANOMALIES: Final = Kind[None, AnomaliesDraft, AnomalyAnalysis](
    name="analyze_anomalies", hours=6, patience=45, draft=AnomaliesDraft, answer=AnomalyAnalysis, task=TASK,
    slots=("usual_sessions", "sessions_this_week", "rating_this_week", "rating_last_month", "streak", "top_category", "best_hours"),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.fortnight.sessions >= 7, material=_material,
)  # fmt: skip
