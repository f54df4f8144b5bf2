"""The routes by which a service is operated: is it alive, is it ready, what has it counted."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from tandem.core.observability.exposition import CONTENT_TYPE
from tandem.core.observability.health import Probe
from tandem.core.observability.metrics import Metrics

router = APIRouter(tags=["health"])


class ReadinessAnswer(BaseModel):
    """How ready this process is, and what is wrong with which part."""

    status: str = Field(examples=["ready"])
    parts: dict[str, str] = Field(examples=[{"database": "ok", "changes": "ok"}])


@router.get("/livez", summary="Liveness")
async def livez() -> Response:
    """Answer without touching anything."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@router.get("/readyz", summary="Readiness", responses={503: {"model": ReadinessAnswer}})
async def readyz(request: Request, response: Response) -> ReadinessAnswer:
    """Ask every part whether it is well; 503 when no request should be sent here."""
    probe: Probe = request.app.state.context.probe
    readiness = await probe.readiness()
    if not readiness.serving:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return ReadinessAnswer(status=readiness.status, parts=readiness.parts)


@router.get(
    "/metrics", summary="Metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
def metrics(request: Request) -> Response:
    """Give all workers' counters in Prometheus' text format."""
    registry: Metrics = request.app.state.context.registry
    return Response(registry.render(), media_type=CONTENT_TYPE)
