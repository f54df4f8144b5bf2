"""The analyzer's answers: briefing, review, insight, analyses, schedule, learning."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import DayName, SessionsWanted, strict_day, weekday_number
from tandem.pomodoro.dependencies import AskingDep, ContextDep, FactoryDep
from tandem.pomodoro.models.ai_analyzer.anomalies import ANALYZE_ANOMALIES, AnomalyAnalysis
from tandem.pomodoro.models.ai_analyzer.burnout import ANALYZE_BURNOUT, BurnoutAnalysis
from tandem.pomodoro.models.ai_analyzer.evening_review import EVENING_REVIEW
from tandem.pomodoro.models.ai_analyzer.evening_review_parts import EveningReview
from tandem.pomodoro.models.ai_analyzer.integrated_insight_parts import IntegratedInsight
from tandem.pomodoro.models.ai_analyzer.learning import LEARNING, LearningAnalysis
from tandem.pomodoro.models.ai_analyzer.morning_briefing import MORNING_BRIEFING
from tandem.pomodoro.models.ai_analyzer.morning_briefing_parts import MorningBriefing
from tandem.pomodoro.models.ai_analyzer.quality import ANALYZE_QUALITY, QualityAnalysis, QualityQuestion
from tandem.pomodoro.models.ai_analyzer.schedule import OPTIMAL_SCHEDULE, ScheduleAnalysis, ScheduleQuestion
from tandem.pomodoro.presets import DEFAULT_PRESET
from tandem.pomodoro.schemas.common import IsoDate

router = APIRouter(prefix="/api/ai", tags=["ai"], responses=responses(503))

BODY_ERRORS = responses(400, 413, 415)


class BriefingBody(BaseModel):
    """For which day a briefing is wanted."""

    model_config = ConfigDict(frozen=True)

    date: Annotated[
        IsoDate | None, BeforeValidator(strict_day), Field(description="A local day; today by default.")
    ] = None


@router.get("/morning-briefing", summary="What the day may bring")
async def morning_briefing(factory: FactoryDep, asking: AskingDep) -> MorningBriefing:
    """Sum up yesterday, forecast today, plan the hours, and look after the person."""
    return await factory.ai.answer(asking, MORNING_BRIEFING, None)


@router.post(
    "/morning-briefing", summary="What a day may bring", openapi_extra=described(BriefingBody, required=False),
    responses=BODY_ERRORS,
)  # fmt: skip
async def morning_briefing_of(
    factory: FactoryDep, asking: AskingDep, body: Annotated[BriefingBody, Depends(json_body(BriefingBody, required=False))]
) -> MorningBriefing:  # fmt: skip
    """Give the briefing of one day, as its morning would have it."""
    return await factory.ai.answer(asking, MORNING_BRIEFING, None, day=body.date)


@router.get("/evening-review", summary="How the day went")
async def evening_review(factory: FactoryDep, asking: AskingDep) -> EveningReview:
    """Compare the day with its forecast, and look ahead to tomorrow."""
    return await factory.ai.answer(asking, EVENING_REVIEW, None)


@router.get("/integrated-insight", summary="Everything in one")
async def integrated_insight(factory: FactoryDep, asking: AskingDep) -> IntegratedInsight:
    """Bring workload, anomalies and schedule together."""
    return await factory.insights.integrated(asking)


@router.get("/analyze-burnout", summary="Workload change, in words")
async def analyze_burnout(factory: FactoryDep, asking: AskingDep) -> BurnoutAnalysis:
    """Explain the workload-change signal; not a diagnosis."""
    return await factory.ai.answer(asking, ANALYZE_BURNOUT, None)


@router.get("/analyze-anomalies", summary="What is unlike this person, in words")
async def analyze_anomalies(factory: FactoryDep, asking: AskingDep) -> AnomalyAnalysis:
    """Explain what was unusual lately."""
    return await factory.ai.answer(asking, ANALYZE_ANOMALIES, None)


class QualityBody(BaseModel):
    """Which session; what is left out is taken from the query."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    preset: Annotated[str, Field(max_length=200)] | None = None
    category: Annotated[str, Field(max_length=200)] | None = None


PresetName = Annotated[str | None, Query(max_length=200, examples=["deep_work"])]
QualityCategory = Annotated[str | None, Query(max_length=200, examples=["Learning"])]


@router.get("/analyze-quality", summary="How a session would go now, in words")
async def analyze_quality(
    factory: FactoryDep, asking: AskingDep, context: ContextDep, preset: PresetName = None, category: QualityCategory = None
) -> QualityAnalysis:  # fmt: skip
    """Explain what speaks for and against a session now."""
    question = QualityQuestion(
        preset=preset or DEFAULT_PRESET, category=category or None, hour=context.clock.now().hour
    )
    return await factory.ai.answer(asking, ANALYZE_QUALITY, question)


@router.post(
    "/analyze-quality", summary="How a session would go now, in words",
    openapi_extra=described(QualityBody, required=False), responses=BODY_ERRORS,
)  # fmt: skip
async def analyze_quality_of(
    factory: FactoryDep, asking: AskingDep, context: ContextDep,
    body: Annotated[QualityBody, Depends(json_body(QualityBody, required=False))], preset: PresetName = None,
    category: QualityCategory = None,
) -> QualityAnalysis:  # fmt: skip
    """Explain what speaks for and against a session now; the body counts before the query."""
    return await analyze_quality(factory, asking, context, body.preset or preset, body.category or category)


@router.get("/optimal-schedule-ai", summary="When to work, in words")
async def optimal_schedule_ai(
    factory: FactoryDep, asking: AskingDep, context: ContextDep, day: DayName = "today", sessions: SessionsWanted = 6
) -> ScheduleAnalysis:  # fmt: skip
    """Explain the best hours of a weekday."""
    question = ScheduleQuestion(weekday=weekday_number(day, context.clock.now().weekday()), sessions=sessions)
    return await factory.ai.answer(asking, OPTIMAL_SCHEDULE, question)


@router.get("/learning-v2", summary="What to learn next")
async def learning_v2(factory: FactoryDep, asking: AskingDep) -> LearningAnalysis:
    """Find gaps, topics and a better balance."""
    return await factory.ai.answer(asking, LEARNING, None)
