"""Budgets: what a user or an API key may spend on models."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from tandem.core.auth import repository as keys
from tandem.core.errors import NotFoundError
from tandem.core.problems import responses
from tandem.tokimeki.dependencies import ContextDep
from tandem.usage.schemas import NamedBudget

router = APIRouter(prefix="/api/v1/budgets", tags=["monitoring"], responses=responses(422, 503))

Scope = Annotated[Literal["user", "key"], Path(description="Whose budget it is.")]
Name = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9._@:+-]{1,100}$", description="Name of the user, id of the key.")
]
Period = Annotated[Literal["day", "month", "total"], Path(description="When it begins anew.")]


class BudgetLimit(BaseModel):
    """How much may be spent in a period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit_micro_usd: int = Field(
        ge=0, le=10**15, description="Millionths of a US dollar.", examples=[5_000_000]
    )


class Budgets(BaseModel):
    """All budgets as they stand."""

    budgets: list[NamedBudget]


@router.get("", summary="Budgets")
async def find(context: ContextDep) -> Budgets:
    """List all budgets with what is spent, reserved and left."""
    return Budgets(budgets=[NamedBudget.of(budget) for budget in await context.budgets.all()])


@router.put("/{scope}/{name}/{period}", summary="Set a budget", responses=responses(404))
async def put(
    scope: Scope, name: Name, period: Period, limit: BudgetLimit, context: ContextDep
) -> NamedBudget:
    """Set what a user or key may spend in a period; holds in every worker within two seconds."""
    if scope == "key" and not await keys.exists(context.database, name):
        raise NotFoundError(f"there is no API key {name}")
    await context.budgets.put(scope, name, limit.limit_micro_usd, period)
    for budget in await context.budgets.all():
        if (budget.scope, budget.name, budget.period) == (scope, name, period):
            return NamedBudget.of(budget)
    raise NotFoundError("this budget was removed while it was set")


@router.delete(
    "/{scope}/{name}/{period}", status_code=204, summary="Remove a budget", responses=responses(404)
)
async def delete(scope: Scope, name: Name, period: Period, context: ContextDep) -> None:
    """Remove a budget; what its user or key spends is no longer limited by it."""
    if not await context.budgets.delete(scope, name, period):
        raise NotFoundError("there is no such budget")
