"""Advice on learning from what the client sends, or from what is stored where it sends nothing."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.keywords import topics_in
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.learning import Balance, CategoryShare, Importance, next_category, shares, topic_for
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.models.ai_analyzer.learning import (
    SessionSuggestion,
    gap_text,
    sessions_to_next,
    suggestion_reason,
    tips,
)
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.schemas.common import Answer, Percent, UnitInterval

_MOST: Final = 3


class ToldShare(BaseModel):
    """How much of the work a category takes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    percentage: Annotated[float, Field(ge=0, le=100)] = 0
    sessions: Annotated[int, Field(ge=0)] = 0


class ToldSkill(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    category: Annotated[str, Field(max_length=100)]
    level: Annotated[int, Field(ge=0)] = 1


class ToldTask(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    task: Annotated[str | None, Field(max_length=500)] = None
    category: Annotated[str | None, Field(max_length=100)] = None


class ToldProfile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    level: int | None = None
    total_xp_earned: float | None = None
    streak: int | None = None


def _listed(value: Any) -> Any:
    return [] if value is None else value


class LearningBody(BaseModel):
    """What the old web service sends; everything may be left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    recent_sessions: Annotated[list[Any], BeforeValidator(_listed), Field(max_length=5000)] = []
    category_distribution: Annotated[dict[str, ToldShare], Field(max_length=200)] | None = None
    skill_levels: Annotated[list[ToldSkill], BeforeValidator(_listed), Field(max_length=200)] = []
    recent_tasks: Annotated[list[ToldTask], BeforeValidator(_listed), Field(max_length=500)] = []
    user_profile: ToldProfile | None = None


class GapDraft(Draft):
    gap_description: Prose


class TopicDraft(Draft):
    topic: Line
    reason: Prose


class RecommendationsDraft(Draft):
    """What the model writes."""

    skill_gaps: Annotated[list[GapDraft], Field(max_length=6)]
    recommended_topics: Annotated[list[TopicDraft], Field(max_length=6)]
    personalized_tips: Annotated[list[Prose], Field(min_length=1, max_length=5)]
    next_session_suggestion: TopicDraft
    motivational_message: Prose
    analysis_summary: Prose


class SkillGap(Answer):
    category: str
    current_level: int = Field(ge=1, le=5)
    recommended_level: int = Field(ge=1, le=5)
    gap_description: str
    importance: Importance


class RecommendedTopic(Answer):
    topic: str
    category: str
    reason: str
    priority: Importance
    estimated_sessions: int = Field(ge=1, le=20)
    related_to: str | None


class CategoryBalance(Answer):
    category: str
    current_percentage: Percent
    recommended_percentage: Percent
    status: Balance


class UserKnowledge(Answer):
    technologies: list[str]
    concepts: list[str]
    expertise_areas: list[str]


class LearningRecommendations(AIAnswer):
    """The whole answer."""

    skill_gaps: list[SkillGap]
    recommended_topics: list[RecommendedTopic]
    category_balance: list[CategoryBalance]
    personalized_tips: list[str]
    next_session_suggestion: SessionSuggestion
    user_knowledge: UserKnowledge
    motivational_message: str
    analysis_summary: str
    confidence_score: UnitInterval


TASK: Final = (
    "Give advice on learning. skill_gaps and recommended_topics: one for each listed category, in the given order. "
    "personalized_tips, next_session_suggestion for the named category, motivational_message, analysis_summary."
)


def _shares(facts: Facts, body: LearningBody) -> list[CategoryShare]:
    told = {name: one.percentage for name, one in (body.category_distribution or {}).items()}
    levels = {one.category: one.level for one in body.skill_levels}
    return shares(facts, told, levels)


def _gaps(facts: Facts, body: LearningBody) -> list[CategoryShare]:
    order = {"high": 0, "medium": 1, "low": 2}
    found = [one for one in _shares(facts, body) if one.level < 5]
    return sorted(found, key=lambda one: order[one.importance])[:_MOST]


def _tasks(facts: Facts, body: LearningBody) -> list[tuple[str, str]]:
    told = [(one.task or "", one.category or "") for one in body.recent_tasks]
    return told or [(row.task or "", row.category) for row in facts.recent]


def rules(facts: Facts, body: LearningBody) -> RecommendationsDraft:
    """Write without a model."""
    text, found = facts.text, _gaps(facts, body)
    category = next_category(facts, _shares(facts, body))
    return RecommendationsDraft(
        skill_gaps=[GapDraft(gap_description=gap_text(facts, one)) for one in found],
        recommended_topics=_topics(facts, found),
        personalized_tips=tips(facts),
        next_session_suggestion=TopicDraft(
            topic=topic_for(facts, category), reason=suggestion_reason(facts, category)
        ),
        motivational_message=text("Small steps add up: a session a week in a new field makes a habit within months."),
        analysis_summary=_summary(facts, _shares(facts, body)),
    )  # fmt: skip


def _topics(facts: Facts, found: list[CategoryShare]) -> list[TopicDraft]:
    return [TopicDraft(topic=topic_for(facts, one.name), reason=one.advice(facts.text)) for one in found]


def _summary(facts: Facts, found: list[CategoryShare]) -> str:
    text = facts.text
    if not found:
        return text("There are no sessions to judge yet; begin with whatever interests you most.")
    return text(
        "Most of your work goes to {category} ({share} %).",
        category=found[0].name,
        share=round(found[0].share),
    )


def assemble(facts: Facts, body: LearningBody, draft: RecommendationsDraft) -> LearningRecommendations:
    """Put facts and texts together."""
    found, balance, own = _gaps(facts, body), _shares(facts, body), rules(facts, body)
    known = topics_in(_tasks(facts, body))
    missing = [*draft.skill_gaps[: len(found)], *own.skill_gaps[len(draft.skill_gaps) :]]
    topics = [
        *draft.recommended_topics[: len(found)],
        *own.recommended_topics[len(draft.recommended_topics) :],
    ]
    suggested = [
        RecommendedTopic(
            topic=topics[at].topic, category=one.name, reason=topics[at].reason, priority=one.importance,
            estimated_sessions=sessions_to_next(one), related_to=None,
        )
        for at, one in enumerate(found)
    ]  # fmt: skip
    category = next_category(facts, balance)
    return LearningRecommendations(
        skill_gaps=[
            SkillGap(
                category=one.name, current_level=one.level, recommended_level=min(5, one.level + 1),
                gap_description=missing[at].gap_description, importance=one.importance,
            )
            for at, one in enumerate(found)
        ],
        recommended_topics=suggested or [_first(facts, category)],
        category_balance=[
            CategoryBalance(
                category=one.name, current_percentage=one.share, recommended_percentage=one.recommended, status=one.status
            )
            for one in balance
        ],
        personalized_tips=draft.personalized_tips,
        next_session_suggestion=SessionSuggestion(
            category=category, topic=draft.next_session_suggestion.topic, preset=facts.recommendation.recommended_preset,
            reason=draft.next_session_suggestion.reason, confidence=facts.recommendation.confidence,
        ),
        user_knowledge=UserKnowledge(technologies=known.technologies, concepts=known.concepts, expertise_areas=known.areas),
        motivational_message=draft.motivational_message, analysis_summary=draft.analysis_summary,
        confidence_score=facts.forecast.confidence,
    )  # fmt: skip


def _first(facts: Facts, category: str) -> RecommendedTopic:
    return RecommendedTopic(
        topic=topic_for(facts, category), category=category, reason=suggestion_reason(facts, category), priority="medium",
        estimated_sessions=3, related_to=None,
    )  # fmt: skip


def _slots(facts: Facts, body: LearningBody) -> dict[str, str]:
    listed = {f"category_{'abc'[at]}": one.name for at, one in enumerate(_gaps(facts, body))}
    return listed | {"next_category": next_category(facts, _shares(facts, body))}


def _material(facts: Facts, body: LearningBody) -> str:
    listed = [f"- {one.name}: share {one.status}" for one in _gaps(facts, body)]
    upcoming = f"Next session's category: {next_category(facts, _shares(facts, body))}"
    tasks = (
        [f"- task: {one.task[:100]}" for one in body.recent_tasks[:15] if one.task]
        if facts.share_notes
        else []
    )
    return "\n".join(
        ["Categories with room to grow:", *(listed or ["- none"]), upcoming, *tasks, *note_lines(facts)]
    )


LEARNING_RECOMMENDATIONS: Final = Kind[LearningBody, RecommendationsDraft, LearningRecommendations](
    name="learning_recommendations", hours=2, patience=60, draft=RecommendationsDraft, answer=LearningRecommendations,
    task=TASK, slots=("sessions_last_month", "rating_last_month", "top_category", "best_hours", "streak"), rules=rules,
    assemble=assemble, more_slots=_slots, material=_material, tokens=1200,
)  # fmt: skip
