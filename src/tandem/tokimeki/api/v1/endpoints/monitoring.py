"""What was used, by whom."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from tandem.core.problems import responses
from tandem.tokimeki.dependencies import ContextDep
from tandem.tokimeki.schemas.chat import Text
from tandem.usage.reports import UsageQuery
from tandem.usage.schemas import UsageReport

router = APIRouter(prefix="/api/v1", tags=["monitoring"], responses=responses(422, 503))

Name = Annotated[Text | None, Query(max_length=200)]


@router.get("/usage", summary="Usage by day, model, key or user")
async def usage(
    context: ContextDep,
    by: Literal["day", "model", "key", "user"] = "day",
    first: Annotated[dt.date | None, Query(alias="from", description="First local day.")] = None,
    last: Annotated[dt.date | None, Query(alias="to", description="Last local day, included.")] = None,
    user: Name = None,
    key: Name = None,
    model: Name = None,
) -> UsageReport:
    """Sum up requests, tokens and cost; the last 30 days unless asked otherwise."""
    return await context.reports.report(
        UsageQuery(by=by, first=first, last=last, user=user, key=key, model=model)
    )
