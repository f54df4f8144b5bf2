"""One insight out of burnout, anomalies and schedule: where they agree, where they do not, and what to do first."""

from typing import Final

from tandem.pomodoro.ai import wellbeing
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.models.ai_analyzer.integrated_insight_parts import (
    ActionPlan,
    InsightDraft,
    InsightType,
    IntegratedInsight,
    IntegratedStatus,
    NotesDraft,
    NotesInsight,
    Overall,
    Parts,
    PlanDraft,
    PriorityDraft,
    PriorityInsight,
    Synthesis,
    SynthesisDraft,
    Urgency,
)
from tandem.pomodoro.presets import PRESETS

_ENOUGH: Final = 5

TASK: Final = (
    "Bring the findings below together into one insight. priority_insight: what matters most now. model_synthesis: where the "
    "findings agree, where they conflict, and how to resolve it. action_plan: one step for now, for today and for this week. "
    "notes_meta_insight: a recurring theme of the notes and what to make of it; say that there are no notes without any. "
    "personalized_advice and confidence_explanation: how sure this is and why, in words."
)


def overall(facts: Facts) -> Overall:
    """Judge by wellbeing and anomalies together."""
    state, seen = wellbeing.status(facts), facts.anomalies.overall_status
    if state == "rest_recommended" or seen == "critical":
        return "intervention_required"
    if state == "concern" or seen in {"warning", "alert"}:
        return "attention_needed"
    fine = state == "good" and seen in {"healthy", "info"}
    return "thriving" if fine and facts.trends.productivity_trend == "improving" else "stable"


def insight_type(facts: Facts) -> InsightType:
    """Choose what matters most: the person before the work."""
    if overall(facts) in {"intervention_required", "attention_needed"}:
        return "wellbeing"
    if facts.trends.productivity_trend == "declining":
        return "productivity"
    return "achievement" if facts.streak >= 7 else "optimization"


def rules(facts: Facts, parts: Parts) -> InsightDraft:
    """Write without a model."""
    return InsightDraft(
        priority_insight=_priority(facts),
        model_synthesis=_synthesis(facts),
        action_plan=PlanDraft(
            immediate=wellbeing.micro_action(facts)[0], today=_today(facts),
            this_week=_this_week(facts, parts),
        ),
        notes_meta_insight=_notes(facts),
        personalized_advice=wellbeing.suggestion(facts),
        confidence_explanation=_sureness(facts),
    )  # fmt: skip


def _this_week(facts: Facts, parts: Parts) -> str:
    text = facts.text
    if facts.light_day:
        return parts.burnout.recovery_plan.short_term
    if facts.usual_per_day is None:
        return text("Log your sessions for a week; then your usual week will be known.")
    return text.count(
        "Aim at your usual week: {n} session.", "Aim at your usual week: {n} sessions.", facts.weekly_goal
    )


def _sureness(facts: Facts) -> str:
    if not facts.month.sessions:
        return facts.text("There is no completed session of the last 30 days, so nothing here is sure.")
    return facts.text.count(
        "This rests on {n} completed session of the last 30 days; the more there are, the surer it is.",
        "This rests on {n} completed sessions of the last 30 days; the more there are, the surer it is.",
        facts.month.sessions,
    )


def _priority(facts: Facts) -> PriorityDraft:
    text = facts.text
    match insight_type(facts):
        case "wellbeing":
            found = facts.anomalies.anomalies
            seen = wellbeing.observation(facts)
            if wellbeing.status(facts) in {"good", "warning"} and found:
                seen = found[0].description
            return PriorityDraft(title=text("Look after yourself first"), message=seen)
        case "productivity":
            return PriorityDraft(
                title=text("Ratings are falling"),
                message=text(
                    "In the last two weeks your ratings went down; look for what changed before you add work."
                ),
            )
        case "achievement":
            return PriorityDraft(
                title=text("A fine streak"),
                message=text.count(
                    "You have had a session on {n} day in a row.", "You have had a session on {n} days in a row.", facts.streak
                ),
            )  # fmt: skip
        case "optimization":
            best = facts.analysis.best_hours
            message = (
                text("Keep {hour}:00 for the hardest task: it is your best rated hour.", hour=best[0])
                if best
                else text("Rate your sessions to learn when and at what you work best.")
            )
            return PriorityDraft(title=text("Use your best hours"), message=message)


def _synthesis(facts: Facts) -> SynthesisDraft:
    text = facts.text
    known = facts.burnout.risk_level != "unknown" and facts.anomalies.overall_status != "insufficient_data"
    calm, quiet = facts.burnout.risk_level in {"low", "unknown"}, not facts.anomalies.anomalies
    agreements, conflicts = [], []
    if not known:
        agreements.append(text("There is too little data yet to compare workload and habits."))
    elif calm and quiet:
        agreements.append(text("Neither the workload nor your habits stand out."))
    elif not calm and not quiet:
        agreements.append(text("Both the workload and your habits have changed lately."))
    elif calm:
        conflicts.append(text("The workload looks as usual, but some habit changed."))
    else:
        conflicts.append(text("The workload changed, but your habits did not."))
    if facts.recommendation.basis == "history":
        preset = PRESETS[facts.recommendation.recommended_preset].name
        agreements.append(text("Schedule and ratings speak for {preset} at this hour.", preset=preset))
    resolution = (
        text("When in doubt, the lighter plan wins.") if facts.light_day
        else text("Nothing has to be decided between them; follow the plan of the day.")
    )  # fmt: skip
    return SynthesisDraft(agreements=agreements, conflicts=conflicts, resolution=resolution)


def _today(facts: Facts) -> str:
    text = facts.text
    if facts.light_day or facts.forecast.basis == "default":
        return wellbeing.suggestion(facts)
    remaining = facts.forecast.remaining_sessions
    if not remaining:
        return text("What the forecast expected of today is done; anything more is a bonus.")
    return text.count(
        "The forecast leaves {n} session for the rest of today.",
        "The forecast leaves {n} sessions for the rest of today.",
        remaining,
    )


def _notes(facts: Facts) -> NotesDraft:
    text = facts.text
    topic = facts.diversity.repeated_topic
    words = [topic.word] if topic else facts.note_words[:1]
    if not words:
        return NotesDraft(
            recurring_theme=text("There are no notes to find a theme in."),
            actionable_pattern=text("A line after each session is enough to see patterns later."),
        )
    return NotesDraft(
        recurring_theme=text("The word “{word}” keeps coming back in your notes.", word=words[0]),
        actionable_pattern=text("Decide whether it deserves a session of its own."),
    )


def assemble(facts: Facts, _: Parts, draft: InsightDraft) -> IntegratedInsight:
    """Put facts and texts together."""
    state = overall(facts)
    confidence = min(facts.anomalies.confidence, facts.burnout.confidence, facts.plan.confidence)
    urgency: dict[Overall, Urgency] = {
        "thriving": "low", "stable": "low", "attention_needed": "high", "intervention_required": "critical",
    }  # fmt: skip
    return IntegratedInsight(
        integrated_status=IntegratedStatus(
            overall=state, confidence=round(confidence, 2), primary_focus=draft.priority_insight.title
        ),
        priority_insight=PriorityInsight(
            type=insight_type(facts), title=draft.priority_insight.title, message=draft.priority_insight.message,
            urgency="medium" if insight_type(facts) == "productivity" else urgency[state],
        ),
        model_synthesis=Synthesis(**draft.model_synthesis.model_dump()), action_plan=ActionPlan(**draft.action_plan.model_dump()),
        notes_meta_insight=NotesInsight(**draft.notes_meta_insight.model_dump()),
        personalized_advice=draft.personalized_advice, confidence_explanation=draft.confidence_explanation,
    )  # fmt: skip


def _slots(_: Facts, parts: Parts) -> dict[str, str]:
    """Offer whole findings: they are checked already."""
    return {
        "workload_advice": parts.burnout.monitoring_advice,
        "schedule_insight": parts.schedule.personalized_insights[0],
        "habit_tip": parts.anomalies.proactive_tips[0].message,
    }


def _identity(parts: Parts) -> object:
    """Sum the parts up without the marks of when they were read."""
    passing = {"generated_at", "timestamp", "cached_at", "from_cache"}
    return [
        one.model_dump(mode="json", exclude=passing)
        for one in (parts.burnout, parts.anomalies, parts.schedule)
    ]


def _material(facts: Facts, parts: Parts) -> str:
    findings = [
        f"- workload: {parts.burnout.risk_level}",
        f"- habits: {parts.anomalies.overall_status}, {', '.join(one.type for one in parts.anomalies.anomalies) or 'nothing unusual'}",
        f"- together: {overall(facts)}, what matters most: {insight_type(facts)}",
    ]
    return "\n".join(["Findings:", *findings, *note_lines(facts, 20)])


INTEGRATED_INSIGHT: Final = Kind[Parts, InsightDraft, IntegratedInsight](
    name="integrated_insight", hours=2, patience=90, draft=InsightDraft, answer=IntegratedInsight, task=TASK,
    slots=("risk_score", "sessions_this_week", "rating_this_week", "rating_last_month", "expected_sessions", "streak", "best_hours",
           "top_category", "usual_week", "stress", "energy", "mood", "sleep"),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.month.sessions >= _ENOUGH, more_slots=_slots, material=_material, identity=_identity,
)  # fmt: skip
