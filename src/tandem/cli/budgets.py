"""`tandem budgets`: what users and API keys may spend on models."""

from collections.abc import Awaitable, Callable
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Literal, TypeVar

import click
from rich.table import Table

from tandem.cli.runtime import clock_of, console, database, run
from tandem.core.auth import repository as keys
from tandem.core.settings import load
from tandem.usage.budgets import Budgets

T = TypeVar("T")
Scope = Literal["user", "key"]
Period = Literal["day", "month", "total"]

MICRO = Decimal(1_000_000)

SCOPE = click.argument("scope", type=click.Choice(["user", "key"]))
NAME = click.argument("name")
PERIOD = click.option(
    "--period", type=click.Choice(["day", "month", "total"]), default="month", show_default=True,
    help="When it begins anew.",
)  # fmt: skip


def _dollars(_: click.Context, __: click.Parameter, value: str) -> int:
    """Read US dollars as micro-dollars, without ever passing through a float."""
    try:
        micro = (Decimal(value) * MICRO).to_integral_value(ROUND_DOWN)
    except InvalidOperation as error:
        raise click.BadParameter("an amount in US dollars, such as 5 or 0.25") from error
    if not 0 <= micro <= 10**15:
        raise click.BadParameter("an amount from 0 to 1,000,000,000 US dollars")
    return int(micro)


@click.group()
def budgets() -> None:
    """What users and API keys may spend on models; never overrun, whatever runs in parallel."""


@budgets.command("set")
@SCOPE
@NAME
@click.argument("dollars", callback=_dollars)
@PERIOD
def set_budget(scope: Scope, name: str, dollars: int, period: Period) -> None:
    """Let the user or key NAME spend DOLLARS a period; running services know within two seconds.

    \b
    Examples:
      tandem budgets set user ann 5
      tandem budgets set user default 0.25 --period day
    """
    if scope == "key":
        run(_require_key(name))
    run(_with_budgets(lambda all_budgets: all_budgets.put(scope, name, dollars, period)))
    console.print(f"{scope} {name}: {dollars / 1e6:.6f} US dollars a {period}", highlight=False)


@budgets.command("delete")
@SCOPE
@NAME
@PERIOD
def delete_budget(scope: Scope, name: str, period: Period) -> None:
    """Remove a budget.

    \b
    Example:
      tandem budgets delete user ann
    """
    if not run(_with_budgets(lambda all_budgets: all_budgets.delete(scope, name, period))):
        everybodys = run(_with_budgets(lambda all_budgets: all_budgets.all()))
        others = [one.period for one in everybodys if (one.scope, one.name) == (scope, name)]
        hint = f"; there is one with --period {others[0]}" if others else ""
        raise click.ClickException(f"{scope} {name} has no budget a {period}{hint}")
    console.print("removed")


@budgets.command("list")
def list_budgets() -> None:
    """Show all budgets with what is spent, reserved and left."""
    table = Table("whose", "name", "period", "limit, USD", "spent", "reserved", "left")
    for budget in run(_with_budgets(lambda all_budgets: all_budgets.all())):
        amounts = (budget.limit, budget.spent, budget.reserved, budget.remaining)
        table.add_row(
            budget.scope, budget.name, budget.period, *(f"{amount / 1e6:.6f}" for amount in amounts)
        )
    console.print(table)


async def _require_key(key_id: str) -> None:
    async with database() as opened:
        if not await keys.exists(opened, key_id):
            raise click.ClickException(f"there is no API key {key_id}; see `tandem keys list`")


async def _with_budgets(work: Callable[[Budgets], Awaitable[T]]) -> T:
    settings = load()
    async with database(settings) as opened:
        return await work(Budgets(opened, clock_of(settings), settings.home_path / "usage"))
