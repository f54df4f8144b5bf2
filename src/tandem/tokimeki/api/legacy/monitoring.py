"""The old service's monitoring routes, right across workers."""

from typing import Annotated

from fastapi import APIRouter, Query

from tandem.core.problems import responses
from tandem.tokimeki.dependencies import AskerDep, ContextDep
from tandem.usage.schemas import UsageLimits, UsageReset, UsageStats

router = APIRouter(prefix="/api", tags=["old paths"], responses=responses(503))


@router.get("/usage-stats", summary="Usage")
async def usage_stats(
    context: ContextDep,
    period: Annotated[
        str, Query(max_length=20, description="`today` (24 hours), `hour` or `month`.")
    ] = "today",
) -> UsageStats:
    """Sum up what was asked and what it cost."""
    return await context.reports.stats(period)


@router.get("/usage-limits", summary="Limits")
async def usage_limits(context: ContextDep, asker: AskerDep) -> UsageLimits:
    """Tell the limits and how far they are used; informational unless one is set."""
    return await context.reports.limits(await context.budgets.of(asker))


@router.post("/reset-stats", summary="Reset the statistics")
async def reset_stats(context: ContextDep, asker: AskerDep) -> UsageReset:
    """Begin the figures anew in all workers; no record is deleted."""
    await context.reports.reset(asker.user)
    return UsageReset(message="The statistics begin anew.")
