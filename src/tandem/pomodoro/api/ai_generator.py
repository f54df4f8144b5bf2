"""The generator's answers: challenges, quests, suggestions, topics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tandem.core.errors import InvalidInputError
from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import tolerant_float, tolerant_int
from tandem.pomodoro.dependencies import AskingDep, ContextDep, FactoryDep
from tandem.pomodoro.models import day_tasks
from tandem.pomodoro.models.ai_challenge_generator import achievement_focus as achievements
from tandem.pomodoro.models.ai_challenge_generator import patterns
from tandem.pomodoro.models.ai_challenge_generator.daily_challenge import (
    DAILY_CHALLENGE,
    ChallengeQuestion,
    DailyChallenge,
)
from tandem.pomodoro.models.ai_challenge_generator.expansion import (
    EXPAND_SUGGESTION,
    ICONS,
    ExpandBody,
    ExpandQuestion,
    Expansion,
)
from tandem.pomodoro.models.ai_challenge_generator.learning_recommendations import (
    LEARNING_RECOMMENDATIONS,
    LearningBody,
    LearningRecommendations,
)
from tandem.pomodoro.models.ai_challenge_generator.motivation import (
    MOTIVATION,
    Motivation,
    MotivationQuestion,
)
from tandem.pomodoro.models.ai_challenge_generator.next_session import NEXT_SESSION, NextQuestion, NextSession
from tandem.pomodoro.models.ai_challenge_generator.topics import EXTRACT_TOPICS, ExtractedTopics, TopicsBody
from tandem.pomodoro.models.ai_challenge_generator.weekly_quest import (
    WEEKLY_QUEST,
    MarkedQuest,
    QuestQuestion,
)
from tandem.pomodoro.schemas.day_tasks import PlanBody, TaskPlan
from tandem.pomodoro.services.wording import category_names

router = APIRouter(prefix="/api/ai", tags=["ai"], responses=responses(503))

BODY_ERRORS = responses(400, 413, 415)

Level = Annotated[
    int | None, tolerant_int("level", None, low=1, high=1000), Query(description="The person's level.")
]
Streak = Annotated[int | None, tolerant_int("streak", None, low=0, high=100_000), Query()]
Text = Annotated[str | None, Query(max_length=500)]


@router.get("/daily-challenge", summary="A challenge for today")
async def daily_challenge(
    factory: FactoryDep, asking: AskingDep, level: Level = None,
    avg_sessions: Annotated[float | None, tolerant_float("avg_sessions", low=0, high=1000), Query()] = None,
    top_category: Text = None, streak: Streak = None, weak_areas: Text = None,
) -> DailyChallenge:  # fmt: skip
    """Choose a challenge that fits the person and the day; the same all day."""
    question = ChallengeQuestion(
        level=level,
        avg_sessions=avg_sessions,
        top_category=top_category,
        streak=streak,
        weak_areas=weak_areas,
    )
    return await factory.ai.answer(asking, DAILY_CHALLENGE, question)


@router.get("/weekly-quest", summary="Three quests for the week")
async def weekly_quest(
    factory: FactoryDep, asking: AskingDep, level: Level = None,
    xp: Annotated[int | None, tolerant_int("xp", None, low=0, high=10**9), Query()] = None,
    weekly_avg: Annotated[float | None, tolerant_float("weekly_avg", low=0, high=1000), Query()] = None,
    best_categories: Annotated[list[str] | None, Query(max_length=50)] = None,
) -> list[MarkedQuest]:  # fmt: skip
    """Choose three quests a little above a usual week."""
    question = QuestQuestion(
        level=level, xp=xp, weekly_avg=weekly_avg, best_categories=tuple(best_categories or ())
    )
    found = await factory.ai.answer(asking, WEEKLY_QUEST, question)
    marks = {
        "ai_generated": found.ai_generated,
        "from_cache": found.from_cache,
        "generated_at": found.generated_at,
    }
    return [MarkedQuest(**quest.model_dump(), **marks) for quest in found.quests]


@router.get("/motivation", summary="A word of encouragement")
async def motivation(
    factory: FactoryDep, asking: AskingDep,
    sessions_today: Annotated[int | None, tolerant_int("sessions_today", 0, low=0, high=100), Query()] = 0,
    streak: Annotated[int | None, tolerant_int("streak", 0, low=0, high=100_000), Query()] = 0, mood: Text = None,
) -> Motivation:  # fmt: skip
    """Say something true and encouraging."""
    question = MotivationQuestion(sessions_today=sessions_today or 0, streak=streak or 0, mood=mood or "")
    return await factory.ai.answer(asking, MOTIVATION, question)


@router.get("/achievement-focus", summary="The nearest achievement")
async def achievement_focus(factory: FactoryDep, asking: AskingDep) -> achievements.AchievementFocus:
    """Find the locked achievement with the most progress; no language model is asked."""
    return await factory.ai.compute(asking, "achievement_focus", achievements.focus)


@router.post(
    "/learning-recommendations", summary="What to learn", openapi_extra=described(LearningBody, required=False),
    responses=BODY_ERRORS,
)  # fmt: skip
async def learning_recommendations(
    factory: FactoryDep, asking: AskingDep, body: Annotated[LearningBody, Depends(json_body(LearningBody, required=False))]
) -> LearningRecommendations:  # fmt: skip
    """Advise from what is sent, or from what is stored."""
    return await factory.ai.answer(asking, LEARNING_RECOMMENDATIONS, body)


@router.get("/next-session-suggestion", summary="What to do next")
async def next_session_suggestion(
    factory: FactoryDep, asking: AskingDep, context: ContextDep, category: Text = None, task: Text = None,
    hour: Annotated[int | None, tolerant_int("hour", None, low=0, high=23, replace=True), Query()] = None,
    sessions: Annotated[int | None, tolerant_int("sessions", 0, low=0, high=100), Query()] = 0,
    exclude_topic: Text = None,
    bypass_cache: Annotated[str | None, Query(max_length=10, description="`true` for one that is not kept.")] = None,
    categories: Annotated[
        str | None, Query(max_length=5000, description="Categories of this request, separated by commas.")
    ] = None,
) -> NextSession:  # fmt: skip
    """Suggest category, topic and preset of the next session."""
    question = NextQuestion(
        category=category or "", task=task or "", hour=context.clock.now().hour if hour is None else hour,
        sessions=sessions or 0, exclude_topic=exclude_topic or "",
    )  # fmt: skip
    named = category_names(name for name in (categories or "").split(",") if name.strip())
    facts = await factory.ai.facts(asking, NEXT_SESSION, categories=named)
    fresh = bool(exclude_topic) or (bypass_cache or "").lower() == "true"
    return await factory.ai.answer(asking, NEXT_SESSION, question, facts=facts, fresh=fresh)


@router.post(
    "/expand-suggestion",
    summary="More about a suggestion",
    openapi_extra=described(ExpandBody),
    responses=BODY_ERRORS,
)
async def expand_suggestion(
    factory: FactoryDep, asking: AskingDep, body: Annotated[ExpandBody, Depends(json_body(ExpandBody, required=False))]
) -> Expansion:  # fmt: skip
    """Answer one of four questions about a suggested topic."""
    topic = " ".join((body.suggestion.topic or "").split())
    if not topic:
        raise InvalidInputError("suggestion.topic: say what it is about", answer="", confidence=0)
    wanted = next((kind for kind in ICONS if kind == body.question_type), "resources")
    question = ExpandQuestion(category=(body.suggestion.category or "").strip(), topic=topic, kind=wanted)
    return await factory.ai.answer(asking, EXPAND_SUGGESTION, question)


@router.post(
    "/extract-topics", summary="Topics of tasks", openapi_extra=described(TopicsBody, required=False), responses=BODY_ERRORS
)  # fmt: skip
async def extract_topics(
    factory: FactoryDep, asking: AskingDep, body: Annotated[TopicsBody, Depends(json_body(TopicsBody, required=False))]
) -> ExtractedTopics:  # fmt: skip
    """Find technologies, concepts and areas in what is sent, or in the last 30 days."""
    return await factory.ai.answer(asking, EXTRACT_TOPICS, body)


@router.post(
    "/analyze-patterns", summary="When the work is done", openapi_extra=described(patterns.PatternsBody, required=False),
    responses=BODY_ERRORS,
)  # fmt: skip
async def analyze_patterns(
    factory: FactoryDep, asking: AskingDep,
    body: Annotated[patterns.PatternsBody, Depends(json_body(patterns.PatternsBody, required=False))],
) -> patterns.PatternAnalysis:  # fmt: skip
    """Count what is sent, or what is stored; no language model is asked."""
    return await factory.ai.compute(asking, "analyze_patterns", lambda facts: patterns.analyze(facts, body))


@router.post(
    "/plan", summary="Tasks as today's schedule", openapi_extra=described(PlanBody), responses=BODY_ERRORS
)
async def plan(
    factory: FactoryDep, asking: AskingDep, body: Annotated[PlanBody, Depends(json_body(PlanBody))]
) -> TaskPlan:  # fmt: skip
    """Place tasks with estimates into the rest of today, breaks included, and say when all will be done."""
    return await factory.ai.compute(asking, "plan", lambda facts: day_tasks.plan(facts, body))
