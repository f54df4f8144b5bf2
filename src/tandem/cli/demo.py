"""`tandem demo`: the demonstration sessions."""

import click

from tandem.cli.runtime import clock_of, console, database, run
from tandem.core.settings import load


@click.group()
def demo() -> None:
    """Demonstration sessions: shown until the first own session."""


@demo.command()
def remove() -> None:
    """Take the demonstration sessions away for good.

    \b
    Example:
      tandem demo remove
    """

    async def work() -> int:
        from tandem.pomodoro.services.demo_service import DemoService  # noqa: PLC0415 - loads NumPy

        settings = load()
        async with database(settings) as opened:
            return await DemoService(opened, clock_of(settings)).remove()

    console.print(f"{run(work())} demonstration sessions removed")
