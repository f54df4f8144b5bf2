"""`tandem sessions`: logs in and out."""

import sys
from pathlib import Path
from typing import BinaryIO

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tandem.cli.runtime import clock_of, console, database, errors, run, user_option
from tandem.core.errors import InvalidInputError
from tandem.core.settings import load

SHOWN_REJECTIONS = 20


@click.group()
def sessions() -> None:
    """Import and export focus sessions."""


@sessions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(["auto", "csv", "toggl", "timestamps"]), default="auto",
    show_default=True, help="What kind of log it is.",
)  # fmt: skip
@click.option(
    "--rating-scale", type=click.Choice(["1-5", "1-10", "0-100"]), help="Needed when the log has ratings."
)
@click.option(
    "--user", default="default", show_default=True, callback=user_option, help="Whose sessions they are."
)
@click.option(
    "--gap", default=60, show_default=True, help="timestamps: minutes after which a new session begins."
)
@click.option(
    "--timezone", help="Zone of times without an offset, and of the days; default: the configured one."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_file(
    file: Path,
    kind: str,
    rating_scale: str | None,
    user: str,
    gap: int,
    timezone: str | None,
    *,
    as_json: bool,
) -> None:
    """Add the sessions of FILE; a second import of the same file adds nothing.

    \b
    Examples:
      tandem sessions import toggl_export.csv --format toggl --user ann
      tandem sessions import log.csv --rating-scale 1-5
      git log --format=%aI > times.txt; tandem sessions import times.txt --format timestamps
    """
    from tandem.pomodoro.repositories.import_repository import ImportRepository  # noqa: PLC0415 - loads NumPy
    from tandem.pomodoro.repositories.session_repository import SessionRepository  # noqa: PLC0415
    from tandem.pomodoro.services.import_service import ImportRequest, ImportService  # noqa: PLC0415
    from tandem.pomodoro.sources.report import ImportReport  # noqa: PLC0415

    settings = load()
    data = file.read_bytes()

    async def work() -> ImportReport:
        async with database(settings) as opened:
            service = ImportService(
                incoming=ImportRepository(opened), stored=SessionRepository(opened), store=None,
                clock=clock_of(settings, timezone),
            )  # fmt: skip
            with _progress() as bar:
                task = bar.add_task("reading", total=None)
                request = ImportRequest(file.name, kind, rating_scale, gap)
                return await service.add(
                    user, data, request,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )  # fmt: skip

    try:
        report = run(work())
    except InvalidInputError as error:
        message = error.message
        if error.extra.get("problem") == "rating_scale_missing":
            message = f"{message.rstrip('.')} with --rating-scale."
        raise click.ClickException(message) from error
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        _show(report.model_dump())


@sessions.command("export")
@click.option("--user", default="default", show_default=True, callback=user_option, help="Whose sessions.")
@click.option(
    "--output", "-o", type=click.File("wb"), default="-", help="File to write; default: standard output."
)
def export(user: str, output: BinaryIO) -> None:
    """Write all sessions of a user as CSV; importing it gives the same sessions back.

    \b
    Example:
      tandem sessions export --user ann -o ann.csv
    """
    from tandem.pomodoro.repositories.import_repository import ImportRepository  # noqa: PLC0415 - loads NumPy
    from tandem.pomodoro.repositories.session_repository import SessionRepository  # noqa: PLC0415
    from tandem.pomodoro.services.import_service import ImportService  # noqa: PLC0415

    settings = load()

    async def work() -> None:
        async with database(settings) as opened:
            service = ImportService(
                incoming=ImportRepository(opened), stored=SessionRepository(opened), store=None,
                clock=clock_of(settings),
            )  # fmt: skip
            async for chunk in await service.export(user):
                output.write(chunk)
        output.flush()

    run(work())


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=errors, transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip


def _show(report: dict[str, object]) -> None:
    table = Table(show_header=False, box=None)
    for name, value in report.items():
        if name not in (
            "rejections",
            "categories",
            "columns",
            "ignored_columns",
            "rejections_omitted",
        ):
            table.add_row(name.replace("_", " "), "-" if value is None else str(value))
    console.print(table)
    for name in ("columns", "categories"):
        pairs = report.get(name)
        if isinstance(pairs, dict) and pairs:
            console.print(f"{name}: " + ", ".join(f"{k} ({v})" for k, v in list(pairs.items())[:12]))
    ignored = report.get("ignored_columns")
    if isinstance(ignored, list) and ignored:
        console.print("ignored columns: " + ", ".join(ignored))
    rejections = report.get("rejections")
    if isinstance(rejections, list) and rejections:
        console.print("rejected rows:")
        for rejection in rejections[:SHOWN_REJECTIONS]:
            console.print(f"  line {rejection['line']}: {rejection['reason']}")
        if len(rejections) > SHOWN_REJECTIONS:
            console.print(f"  ... and {len(rejections) - SHOWN_REJECTIONS} more (see --json)")
