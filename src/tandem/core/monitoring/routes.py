"""`/api/v1/monitoring/*`, the same in every service; ``app.state.context.monitor`` is the process's :class:`Monitor`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from tandem.core.caller import visible_to
from tandem.core.monitoring.monitor import Monitor
from tandem.core.monitoring.ranges import USUAL, range_of
from tandem.core.monitoring.schemas import Overview
from tandem.core.monitoring.stream import OverviewStream
from tandem.core.problems import responses

router = APIRouter(prefix="/api/v1/monitoring", tags=["monitoring"], responses=responses(422, 503))

Range = Annotated[
    str,
    Query(
        alias="range",
        max_length=10,
        description="How far back: a number and `s`, `m`, `h` or `d`; 10s to 7d.",
    ),
]

Interval = Annotated[float, Query(ge=1, le=60, description="Seconds between two events.")]


@router.get("/overview", summary="What has been going on")
async def overview(request: Request, text: Range = USUAL) -> Overview:
    """Sum up requests, times, errors, cache, limits, usage, workers, pool and jobs over all workers.

    Usage is everybody's for an admin (and while authentication is off), the caller's own otherwise.
    """
    monitor: Monitor = request.app.state.context.monitor
    return await monitor.overview(text, visible_to(request))


@router.get(
    "/events", summary="The same, as it happens", response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)  # fmt: skip
async def events(request: Request, text: Range = USUAL, interval: Interval = 5.0) -> OverviewStream:
    """Send `event: overview` now and then, `event: shutdown` when the server stops."""
    range_of(text)
    context, user = request.app.state.context, visible_to(request)
    monitor: Monitor = context.monitor
    return OverviewStream(
        lambda: monitor.overview(text, user), interval=interval, drain=context.drain, receive=request.receive,
        watchers=monitor.watchers,
    )  # fmt: skip
