"""The analyzer's answers: briefing, review, insight."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.core.json_body import described, json_body
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import strict_day
from tandem.pomodoro.dependencies import AskingDep, FactoryDep
from tandem.pomodoro.models.ai_analyzer.morning_briefing import MORNING_BRIEFING, MorningBriefing
from tandem.pomodoro.schemas.common import IsoDate

router = APIRouter(prefix="/api/ai", tags=["ai"], responses=responses(503))


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
    "/morning-briefing", summary="What a day may bring", openapi_extra=described(BriefingBody),
    responses=responses(400, 413, 415),
)  # fmt: skip
async def morning_briefing_of(
    factory: FactoryDep, asking: AskingDep, body: Annotated[BriefingBody, Depends(json_body(BriefingBody))]
) -> MorningBriefing:
    """Give the briefing of one day, as its morning would have it."""
    return await factory.ai.answer(asking, MORNING_BRIEFING, None, day=body.date)
