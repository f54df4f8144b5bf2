"""What a client tells the service about itself."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tandem.core.caller import UserDep
from tandem.core.problems import responses
from tandem.pomodoro.dependencies import FactoryDep
from tandem.pomodoro.schemas.sessions import Category

router = APIRouter(prefix="/api/config", tags=["configuration"])


class Categories(BaseModel):
    """The categories that a client works with."""

    model_config = ConfigDict(frozen=True)

    categories: Annotated[list[Category], Field(max_length=200, examples=[["Learning", "REST API"]])] = []


class CategoriesStored(BaseModel):
    """What was stored."""

    status: Literal["ok"] = "ok"
    categories_count: int = Field(examples=[2])
    categories: list[str] = Field(examples=[["Learning", "REST API"]])
    updated_components: list[Literal["ai_analyzer", "ai_generator"]]


@router.post("/categories", summary="Configure categories", responses=responses(400, 413, 415, 503))
async def categories(body: Categories, factory: FactoryDep, user: UserDep) -> CategoriesStored:
    """Replace the categories; kept across restarts and known to every worker."""
    names = await factory.categories.configure(user, body.categories)
    return CategoriesStored(
        categories_count=len(names), categories=names,
        updated_components=["ai_analyzer", "ai_generator"],
    )  # fmt: skip
