"""`tandem backtest`: the forecasts against simple rules, on a log of yours."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tandem.cli.runtime import clock_of, console, errors
from tandem.core.settings import load


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(["auto", "csv", "toggl", "timestamps"]), default="auto",
    show_default=True, help="What kind of log it is.",
)  # fmt: skip
@click.option(
    "--gap", default=60, show_default=True, help="timestamps: minutes after which a new session begins."
)
@click.option("--timezone", help="Zone in which days begin; default: the configured one.")
@click.option(
    "--json", "output", type=click.Path(dir_okay=False, path_type=Path), help="Also write the figures here."
)
def backtest(file: Path, kind: str, gap: int, timezone: str | None, output: Path | None) -> None:
    """Forecast each of the last 40 % of FILE's days from the days before it, and score the forecasts.

    One day ahead and seven days in total, beside the old service's rule, the same weekday a week ago, the
    mean of the last eight such weekdays, always zero, and the counts of the last 56 days (empirical_56). Rows count as
    `tandem sessions import` counts them.

    \b
    Examples:
      tandem backtest toggl_export.csv
      git log --format=%aI > times.txt; tandem backtest times.txt --format timestamps --json figures.json
    """
    from tandem.pomodoro.backtest import BacktestResult, run  # noqa: PLC0415 - loads NumPy
    from tandem.pomodoro.sources.daily import daily_counts  # noqa: PLC0415
    from tandem.pomodoro.sources.parse import parse  # noqa: PLC0415

    clock = clock_of(load(), timezone)
    # Ratings play no part in counting sessions, so their scale need not be asked for.
    parsed = parse(
        file.read_bytes(),
        format=kind,
        rating_scale="ignore",
        zone=clock.zone,
        now=clock.now(),
        gap_minutes=gap,
    )
    first_day, counts = daily_counts(parsed.sessions)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=errors, transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task("forecasting", total=None)
        try:
            result: BacktestResult = run(
                counts, first_day, file.name,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    figures = result.as_json()
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
    _show(figures)


def _show(figures: Mapping[str, object]) -> None:
    table = Table(title=f"{figures['log']}: {figures['days']} days, the last 40 % scored")
    table.add_column("method", no_wrap=True)
    for name in ("error, 1 day", "error, 7 days", "pinball loss", "80 % interval covers"):
        table.add_column(name, justify="right")
    methods = figures["methods"]
    assert isinstance(methods, dict)  # noqa: S101 - narrows the type
    for name, scores in methods.items():
        table.add_row(
            name, f"{scores['mae_1d']:.3f}", f"{scores['mae_7d']:.3f}", f"{scores['pinball']:.3f}",
            f"{100 * scores['coverage80']:.1f} %", style="bold" if name == "tandem" else None,
        )  # fmt: skip
    console.print(table)
    console.print(
        "error: mean absolute error, sessions (smaller is better); pinball loss: of the quantiles 10, 50, 90 %"
    )
