"""`tandem user`: what is kept about a person."""

import click

from tandem.cli.runtime import console, database, run, user_option
from tandem.core.database import erasure


@click.group()
def user() -> None:
    """What is kept about a person."""


@user.command()
@click.argument("name", callback=user_option)
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(name: str, *, yes: bool) -> None:
    """Delete everything that is kept about the user NAME: sessions, settings, conversations, usage. Not to be undone.

    \b
    Examples:
      tandem sessions export --user ann > ann.csv
      tandem user erase ann
    """
    if not yes:
        click.confirm(f"Delete everything that is kept about the user {name!r}?", abort=True)

    async def work() -> dict[str, int]:
        async with database() as opened:
            return await erasure.erase(opened, name)

    erased = run(work())
    if not any(erased.values()):
        console.print(f"nothing is kept about the user {name}")
        return
    console.print(
        f"erased {name}: " + ", ".join(f"{rows:,} in {table}" for table, rows in erased.items() if rows)
    )
