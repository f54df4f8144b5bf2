"""Forecasts and trends."""

from typing import Annotated

from fastapi import APIRouter, Query

from tandem.core.middleware.cached_routes import cached
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import DaysBack, OptionalDay
from tandem.pomodoro.dependencies import CallerDep, FactoryDep
from tandem.pomodoro.models.finish_predictor import MOST_SESSIONS
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.finish import FinishPrediction
from tandem.pomodoro.schemas.predictions import TodayPrediction, Trends, WeekPrediction

router = APIRouter(prefix="/api", tags=["predictions"], responses=responses(400, 503))


@router.get("/prediction/today", summary="Sessions of a day")
@cached("hour")
async def today(factory: FactoryDep, caller: CallerDep, date: OptionalDay = None) -> TodayPrediction:
    """Forecast how many sessions the day will have, given those that are done."""
    return await factory.predictions.today(caller, date)


@router.get("/prediction/week", summary="Sessions of seven days")
@cached("hour")
async def week(
    factory: FactoryDep, caller: CallerDep,
    start_date: Annotated[OptionalDay, Query(description="First of the seven days; today by default.")] = None,
) -> WeekPrediction:  # fmt: skip
    """Forecast seven days."""
    return await factory.predictions.week(caller, start_date)


@router.get("/prediction/finish", summary="When so many sessions will be done")
@cached("minute")
async def finish(
    factory: FactoryDep, caller: CallerDep,
    sessions: Annotated[int, Query(ge=1, le=MOST_SESSIONS, description="How many more, 1-24.", examples=[3])] = 1,
    preset: Annotated[
        PresetKey | None, Query(description="Takes this preset's working time; as lately by default.")
    ] = None,
) -> FinishPrediction:  # fmt: skip
    """Forecast when `sessions` more sessions will be done if the first begins now, breaks included."""
    return await factory.predictions.finish(caller, sessions, preset)


@router.get("/trends", summary="Trends")
@cached("day")
async def trends(factory: FactoryDep, caller: CallerDep, days: DaysBack = 14) -> Trends:
    """Compare the later half of the last days with the earlier half."""
    return await factory.predictions.trends(caller, days)
