"""Usage and limits as they are answered."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tandem.usage.budget_records import Budget
from tandem.usage.periods import Period
from tandem.usage.repository import Grouping

StatsPeriod = Literal["today", "hour", "month"]

Count = Annotated[int, Field(ge=0)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class UsageStats(_Answer):
    """`GET /api/usage-stats`: what models were asked since the last reset, in all workers."""

    success: Literal[True] = True
    period: StatsPeriod = Field(description="Rolling: 24 hours, 3600 seconds or 30 days.")
    requests_today: Count = Field(description="Requests within the chosen period, whatever the name says.")
    requests_hour: Count = Field(description="Requests of the last 3600 s.")
    requests_month: Count = Field(description="Requests of the last 30 days.")
    successful_requests: Count = Field(description="Within the period; cancelled ones are in neither count.")
    failed_requests: Count = Field(description="Within the period.")
    avg_response_time: float = Field(description="Seconds, 3 decimals, within the period; 0 without any.")
    total_cost: float = Field(description="US dollars of all calls with a known price since the last reset.")
    unpriced_attempts: Count = Field(description="Attempts whose price is unknown; not in `total_cost`.")
    memory_usage: float | None = Field(description="Share of the machine's memory in use, per cent.")
    uptime: str = Field(description="Since start or reset.", examples=["3h 12m"])
    model_usage: dict[str, int] = Field(description="Requests since the last reset by the model asked for.")
    model_costs: dict[str, float] = Field(description="US dollars since the last reset.")


class BudgetRead(_Answer):
    """A budget as it stands in its current period, in micro-dollars."""

    scope: Literal["user", "key"]
    period: Period
    limit_micro_usd: Count
    spent_micro_usd: Count
    reserved_micro_usd: Count
    remaining_micro_usd: Count
    resets_at: dt.datetime | None

    @classmethod
    def of(cls, budget: Budget) -> "BudgetRead":
        """Return ``budget`` as it is answered."""
        return cls(
            scope=budget.scope, period=budget.period, limit_micro_usd=budget.limit, spent_micro_usd=budget.spent,
            reserved_micro_usd=budget.reserved, remaining_micro_usd=budget.remaining, resets_at=budget.resets_at,
        )  # fmt: skip


class NamedBudget(BudgetRead):
    """A budget and whose it is."""

    name: str = Field(description="Name of the user, id of the key.", examples=["ann"])

    @classmethod
    def of(cls, budget: Budget) -> "NamedBudget":
        """Return ``budget`` as it is answered."""
        return cls(name=budget.name, **BudgetRead.of(budget).model_dump())


class UsageLimits(_Answer):
    """`GET /api/usage-limits`: requests beside their limits, which only inform unless ``enforced``."""

    daily_limit: Count
    hourly_limit: Count
    monthly_limit: Count
    daily_used: Count
    hourly_used: Count
    monthly_used: Count
    daily_exceeded: bool
    hourly_exceeded: bool
    monthly_exceeded: bool
    enforced: bool = Field(
        description="Whether anything is refused: a limit was configured or a budget is set."
    )
    budgets: list[BudgetRead] = Field(description="The caller's budgets; these are always enforced.")


class UsageReset(_Answer):
    """`POST /api/reset-stats`."""

    success: Literal[True] = True
    message: str


class UsageSums(_Answer):
    """Sums over some attempts."""

    requests: Count = Field(description="Calls, counted where their first attempt went.")
    attempts: Count = Field(description="Retries and fallbacks included.")
    successful: Count = Field(description="Attempts that were answered; each ends its request.")
    failed: Count = Field(
        description="Attempts that were not; those that were cancelled are in neither count."
    )
    cached: Count = Field(description="Answered from the cache.")
    prompt_tokens: Count
    completion_tokens: Count
    cost_micro_usd: int | None = Field(description="Known cost; null when no attempt has a known price.")
    unpriced_attempts: Count
    estimated_attempts: Count = Field(description="Attempts whose tokens were counted by us.")
    avg_response_ms: float = Field(description="Mean over attempts; 0 without any.")


class UsageRow(UsageSums):
    """Sums of one day, model, key or user."""

    name: str = Field(
        description="The day as YYYY-MM-DD, or the model, key or user; empty for calls without a key."
    )
    provider: str | None = Field(default=None, description="Who answered, with `by=model`.")


class UsageReport(_Answer):
    """`GET /api/v1/usage`."""

    by: Grouping
    from_day: dt.date = Field(alias="from", description="First local day.")
    to_day: dt.date = Field(alias="to", description="Last local day, included.")
    complete_from: dt.date | None = Field(
        description="Records before this day were folded away; null if none were."
    )
    rows: list[UsageRow] = Field(description="By day in order; else the most expensive first, 1000 at most.")
    total: UsageSums = Field(description="Sums over `rows`.")
