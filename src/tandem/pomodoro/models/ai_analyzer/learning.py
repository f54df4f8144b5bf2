"""What to learn next and why: gaps, topics, balance. What nobody knows here (the job market) is said to be unknown."""

from typing import Annotated, Final, Literal

from pydantic import Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.keywords import topics_in
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.learning import Balance, CategoryShare, Importance, next_category, shares, topic_for
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, Percent, UnitInterval

Demand = Literal["high", "medium", "low", "unknown"]


class GapDraft(Draft):
    gap_description: Prose


class TopicDraft(Draft):
    topic: Line
    reason: Prose
    learning_path: Annotated[list[Prose], Field(max_length=5)]


class MarketDraft(Draft):
    analysis: Prose


class SuggestionDraft(Draft):
    topic: Line
    reason: Prose


class LearningDraft(Draft):
    """What the model writes."""

    skill_gaps: Annotated[list[GapDraft], Field(max_length=6)]
    recommended_topics: Annotated[list[TopicDraft], Field(max_length=6)]
    job_market_alignment: MarketDraft
    personalized_tips: Annotated[list[Prose], Field(min_length=1, max_length=5)]
    next_session_suggestion: SuggestionDraft
    motivational_message: Prose


class SkillGap(Answer):
    skill: str
    current_level: str
    target_level: str
    job_market_demand: Demand
    related_tools: list[str]
    priority_order: int = Field(ge=1)
    gap_description: str
    importance: Importance


class LearningTopic(Answer):
    topic: str
    category: str
    reason: str
    priority: Importance
    job_market_relevance: Demand
    estimated_sessions: int = Field(ge=1, le=20)
    related_to: str | None
    learning_path: list[str]


class BalancedCategory(Answer):
    category: str
    current_percentage: Percent
    recommended_percentage: Percent
    status: Balance
    advice: str


class Knowledge(Answer):
    technologies: list[str]
    concepts: list[str]
    expertise_areas: list[str]
    ready_to_learn: list[str]


class MarketAlignment(Answer):
    score: int | None = Field(
        description="Null: nothing here knows the job market, and no figure is invented."
    )
    analysis: str
    top_missing_skills: list[str]


class SessionSuggestion(Answer):
    category: str
    topic: str
    preset: PresetKey
    reason: str
    confidence: UnitInterval


class LearningAnalysis(AnalyzerAnswer):
    """The whole analysis."""

    skill_gaps: list[SkillGap]
    recommended_topics: list[LearningTopic]
    category_balance: list[BalancedCategory]
    user_knowledge: Knowledge
    job_market_alignment: MarketAlignment
    personalized_tips: list[str]
    next_session_suggestion: SessionSuggestion
    motivational_message: str
    confidence_score: UnitInterval


TASK: Final = (
    "Give advice on learning. skill_gaps: for each listed category, in the given order, what is missing. recommended_topics: for "
    "each listed category, in the given order, a topic, a reason and a short learning path. job_market_alignment.analysis: "
    "only what the person's own work tells; you do not know the job market. personalized_tips, next_session_suggestion for the "
    "named category, motivational_message."
)


def level_name(facts: Facts, level: int) -> str:
    """Name a level of 1-5."""
    text = facts.text
    return (text("beginner"), text("elementary"), text("intermediate"), text("advanced"), text("expert"))[
        level - 1
    ]


def gaps(facts: Facts) -> list[CategoryShare]:
    """Return the categories that have room to grow, those that come off badly first."""
    order = {"high": 0, "medium": 1, "low": 2}
    return sorted((one for one in shares(facts) if one.level < 5), key=lambda one: order[one.importance])[:3]


def rules(facts: Facts, _: None) -> LearningDraft:
    """Write without a model."""
    text = facts.text
    found = gaps(facts)
    category = next_category(facts, shares(facts))
    return LearningDraft(
        skill_gaps=[GapDraft(gap_description=gap_text(facts, one)) for one in found],
        recommended_topics=[topic_draft(facts, one) for one in found],
        job_market_alignment=MarketDraft(
            analysis=text("Your sessions tell what you work at, not what the job market asks for.")
        ),
        personalized_tips=tips(facts),
        next_session_suggestion=SuggestionDraft(
            topic=topic_for(facts, category), reason=suggestion_reason(facts, category)
        ),
        motivational_message=text(
            "Small steps add up: a session a week in a new field makes a habit within months."
        ),
    )


def gap_text(facts: Facts, one: CategoryShare) -> str:
    """Say how far the person is in a category."""
    if one.status == "too_little":
        return one.advice(facts.text)
    return facts.text.count(
        "{category} has {n} session in the last 30 days; regular work there moves you to the next level.",
        "{category} has {n} sessions in the last 30 days; regular work there moves you to the next level.",
        one.sessions, category=one.name,
    )  # fmt: skip


def topic_draft(facts: Facts, one: CategoryShare) -> TopicDraft:
    """Suggest a topic of a category."""
    text = facts.text
    return TopicDraft(
        topic=topic_for(facts, one.name), reason=one.advice(text),
        learning_path=[
            text("Refresh what you know."), text("Try it on a small example."), text("Use it in your own work."),
        ],
    )  # fmt: skip


def tips(facts: Facts) -> list[str]:
    """Give two or three tips on learning."""
    text = facts.text
    said = [text("Note after each session what you learned; a line is enough.")]
    if facts.analysis.best_hours:
        said.append(
            text("Learn at {hour}:00, which is your best rated hour.", hour=facts.analysis.best_hours[0])
        )
    said.append(text("Return to a new topic the next day and again after a week."))
    return said


def suggestion_reason(facts: Facts, category: str) -> str:
    """Say why this category is next."""
    text = facts.text
    one = next((share for share in shares(facts) if share.name == category), None)
    if category in facts.diversity.recommended_alternatives and facts.diversity.avoid_categories:
        return text(
            "{avoid} has taken up most of the last days; {category} is a welcome change.",
            avoid=facts.say.names(facts.diversity.avoid_categories), category=category,
        )  # fmt: skip
    if one is not None:
        return (
            one.advice(text)
            if one.status != "balanced"
            else text("You are well on the way in {category}.", category=category)
        )
    return text("You have not worked at {category} in the last 30 days.", category=category)


def assemble(facts: Facts, _: None, draft: LearningDraft) -> LearningAnalysis:
    """Put facts and texts together."""
    found, balance, own = gaps(facts), shares(facts), rules(facts, None)
    known = topics_in((row.task or "", row.category) for row in facts.recent)
    missing = [*draft.skill_gaps[: len(found)], *own.skill_gaps[len(draft.skill_gaps) :]]
    topics = [
        *draft.recommended_topics[: len(found)],
        *own.recommended_topics[len(draft.recommended_topics) :],
    ]
    neglected = [one.name for one in balance if one.status == "too_little"]
    category = next_category(facts, balance)
    return LearningAnalysis(
        skill_gaps=[
            SkillGap(
                skill=one.name, current_level=level_name(facts, one.level), target_level=level_name(facts, one.level + 1), job_market_demand="unknown",
                related_tools=known.technologies[:3], priority_order=at + 1, gap_description=missing[at].gap_description,
                importance=one.importance,
            )
            for at, one in enumerate(found)
        ],
        recommended_topics=[
            LearningTopic(
                topic=topics[at].topic, category=one.name, reason=topics[at].reason, priority=one.importance,
                job_market_relevance="unknown", estimated_sessions=sessions_to_next(one), related_to=None,
                learning_path=topics[at].learning_path,
            )
            for at, one in enumerate(found)
        ],
        category_balance=[
            BalancedCategory(
                category=one.name, current_percentage=one.share, recommended_percentage=one.recommended, status=one.status,
                advice=one.advice(facts.text),
            )
            for one in balance
        ],
        user_knowledge=Knowledge(
            technologies=known.technologies, concepts=known.concepts, expertise_areas=known.areas,
            ready_to_learn=neglected or facts.diversity.recommended_alternatives,
        ),
        job_market_alignment=MarketAlignment(score=None, analysis=draft.job_market_alignment.analysis, top_missing_skills=[]),
        personalized_tips=draft.personalized_tips,
        next_session_suggestion=SessionSuggestion(
            category=category, topic=draft.next_session_suggestion.topic, preset=facts.recommendation.recommended_preset,
            reason=draft.next_session_suggestion.reason, confidence=facts.recommendation.confidence,
        ),
        motivational_message=draft.motivational_message, confidence_score=facts.forecast.confidence,
    )  # fmt: skip


def sessions_to_next(one: CategoryShare) -> int:
    """Return how many sessions lead to the next level, 1-20."""
    steps = (5, 15, 30, 60)
    return min(20, max(1, steps[min(one.level, 4) - 1] - one.sessions))


def _slots(facts: Facts, _: None) -> dict[str, str]:
    return {f"category_{'abc'[at]}": one.name for at, one in enumerate(gaps(facts))} | {
        "next_category": next_category(facts, shares(facts))
    }


def _material(facts: Facts, _: None) -> str:
    listed = [
        f"- {one.name}: share {one.status}, level {level_name(facts, one.level)}" for one in gaps(facts)
    ]
    upcoming = f"Next session's category: {next_category(facts, shares(facts))}"
    return "\n".join(["Categories with room to grow:", *(listed or ["- none"]), upcoming, *note_lines(facts)])


LEARNING: Final = Kind[None, LearningDraft, LearningAnalysis](
    name="learning", hours=2, patience=60, draft=LearningDraft, answer=LearningAnalysis, task=TASK,
    slots=("sessions_last_month", "rating_last_month", "top_category", "best_hours", "usual_sessions", "streak"),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.month.sessions >= 5, more_slots=_slots, material=_material,
    tokens=1500,
)  # fmt: skip
