"""The contract's health route."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tandem.tokimeki.dependencies import ContextDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Whether any model can answer."""

    api_configured: bool
    timestamp: str = Field(description="Local time, no zone.", examples=["2026-03-02T09:15:00"])


@router.get("/health", summary="Health")
async def health(context: ContextDep) -> Health:
    """Say whether any provider is configured; asks nobody."""
    now = context.clock.now().replace(tzinfo=None)
    return Health(api_configured=context.catalog.api_configured, timestamp=now.isoformat())
