"""The contract's health routes."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tandem import __version__
from tandem.pomodoro.dependencies import ContextDep

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The contract's health answer; ``database`` is what is known right now."""

    status: Literal["healthy"] = "healthy"
    service: Literal["pomodoro-ml"] = "pomodoro-ml"
    database: Literal["connected", "disconnected"] = Field(examples=["connected"])
    version: str = Field(examples=[__version__])


@router.get("/health", summary="Health")
@router.get("/api/health", summary="Health (old path)")
async def health(context: ContextDep) -> Health:
    """Say that the service runs and whether the database is connected; never touches the database."""
    return Health(database="connected" if context.listener.listening else "disconnected", version=__version__)
