"""What was used, by whom."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from tandem.core.caller import visible_to
from tandem.core.errors import ForbiddenError
from tandem.core.problems import responses
from tandem.tokimeki.dependencies import ContextDep
from tandem.tokimeki.schemas.chat import Text
from tandem.usage.reports import UsageQuery
from tandem.usage.schemas import UsageReport

router = APIRouter(prefix="/api/v1", tags=["monitoring"], responses=responses(422, 503))

Name = Annotated[Text | None, Query(max_length=200)]


@router.get("/usage", summary="Usage by day, model, key or user")
async def usage(
    request: Request,
    context: ContextDep,
    by: Literal["day", "model", "key", "user"] = "day",
    first: Annotated[dt.date | None, Query(alias="from", description="First local day.")] = None,
    last: Annotated[dt.date | None, Query(alias="to", description="Last local day, included.")] = None,
    user: Name = None,
    key: Name = None,
    model: Name = None,
) -> UsageReport:
    """Sum up requests, tokens and cost; the last 30 days unless asked otherwise.

    Of everybody for an admin (and while authentication is off), the caller's own otherwise.
    """
    own = visible_to(request)
    if own is not None and user not in (None, own):
        raise ForbiddenError("the usage of other users needs an API key with the scope admin")
    return await context.reports.report(
        UsageQuery(by=by, first=first, last=last, user=user if own is None else own, key=key, model=model)
    )
