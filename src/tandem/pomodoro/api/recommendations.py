"""Which preset, which hours, which theme, and how well it will go."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from tandem.core.errors import InvalidInputError
from tandem.core.json_body import described, whole_body
from tandem.core.middleware.cached_routes import cached
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import (
    CategoryName,
    CurrentDay,
    CurrentHour,
    DayName,
    SessionsWanted,
    iso_day,
    tolerant_int,
    weekday_number,
)
from tandem.pomodoro.dependencies import CallerDep, ContextDep, FactoryDep
from tandem.pomodoro.schemas.common import local_timestamp
from tandem.pomodoro.schemas.focus import OptimalSchedule
from tandem.pomodoro.schemas.quality import QualityBody, QualityPrediction
from tandem.pomodoro.schemas.recommendations import PresetStatsAnswer, Recommendation
from tandem.pomodoro.schemas.themes import ThemeRecommendation
from tandem.pomodoro.services.recommendation_service import Situation

router = APIRouter(prefix="/api", tags=["recommendations"], responses=responses(400, 503))


@router.get("/recommendation", summary="Which preset now")
@cached("hour", shows={"current_time": lambda now: f"{now.hour:02d}:{now.minute:02d}"})
async def recommendation(
    factory: FactoryDep, caller: CallerDep, category: CategoryName = None, current_hour: CurrentHour = None,
    current_day: CurrentDay = None,
) -> Recommendation:  # fmt: skip
    """Recommend a preset for this hour, or for the one that is asked about."""
    return await factory.recommendations.preset(caller, Situation(category, current_hour, current_day))


@router.get("/preset-stats", summary="How each preset went")
@cached("day")
async def preset_stats(factory: FactoryDep, caller: CallerDep) -> PresetStatsAnswer:
    """Sum up each preset that has ratings."""
    return await factory.recommendations.preset_stats(caller)


@router.get("/optimal-schedule", summary="When to work")
@cached("day")
async def optimal_schedule(
    factory: FactoryDep,
    caller: CallerDep,
    context: ContextDep,
    sessions: SessionsWanted = 6,
    day: DayName = "today",
) -> OptimalSchedule:
    """Find the best hours of a weekday and place sessions into them."""
    weekday = weekday_number(day, context.clock.now().weekday())
    return await factory.recommendations.schedule(caller, sessions, weekday)


OldHour = Annotated[int | None, tolerant_int("hour", None, low=0, high=23, replace=True), Query(examples=[9])]
OldDay = Annotated[int | None, tolerant_int("day", None), Query(description="0 = Monday.", examples=[0])]
OldSessions = Annotated[
    int | None, tolerant_int("sessions_today", None, low=0, high=100), Query(examples=[2])
]
OldPause = Annotated[
    int | None, tolerant_int("minutes_since_last", None, low=0, high=5_256_000), Query(examples=[20])
]
OldText = Annotated[str | None, Query(max_length=200)]


@router.get("/predict-quality", summary="How well will it go")
@router.post(
    "/predict-quality", summary="How well will it go", openapi_extra=described(QualityBody, required=False)
)
@cached("hour", shows={"timestamp": local_timestamp})
async def predict_quality(
    request: Request, factory: FactoryDep, caller: CallerDep, hour: OldHour = None, day: OldDay = None,
    preset: OldText = None, category: OldText = None, sessions_today: OldSessions = None,
    minutes_since_last: OldPause = None,
) -> QualityPrediction:  # fmt: skip
    """Predict the rating of a session.

    The body counts for POST with a JSON content type; a field that it leaves out is taken from the query.
    """
    body = await quality_body(request) if request.method == "POST" else QualityBody()
    # Not validated: the old query parameters never were, and what cannot be used was replaced above.
    fallback = QualityBody.model_construct(
        hour=hour, day=day, preset=preset, category=category, sessions_today=sessions_today,
        minutes_since_last=minutes_since_last,
    )  # fmt: skip
    return await factory.recommendations.quality(caller, body, fallback)


async def quality_body(request: Request) -> QualityBody:
    """Return the body of a JSON content type, an empty one of any other; raises as :func:`json_body` does."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return QualityBody()
    try:
        return QualityBody.model_validate(orjson.loads(await whole_body(request.receive)))
    except orjson.JSONDecodeError as error:
        raise InvalidInputError("the body is not valid JSON") from error
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from error


@router.get("/theme-recommendation/{date}", summary="Which theme on a day")
@cached("day")
async def theme_recommendation(factory: FactoryDep, caller: CallerDep, date: str) -> ThemeRecommendation:
    """Recommend a theme for the weekday of a date (YYYY-MM-DD)."""
    return await factory.recommendations.theme(caller, iso_day(date, "date"))
