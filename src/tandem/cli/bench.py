"""`tandem bench`: how much faster, honestly?"""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console

from tandem.cli.runtime import console, errors
from tandem.core.settings import load

if TYPE_CHECKING:
    from tandem.bench.outcome import Outcome, Report
    from tandem.bench.scenario import Scenario

REPOSITORY: Final = Path(__file__).resolve().parents[3]
BASELINES: Final = REPOSITORY / "bench" / "baselines"

# A file or a pipe has room for all columns.
_wide = console if console.is_terminal else Console(width=130, markup=False, emoji=False)
_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--scenario", "chosen", multiple=True, metavar="S", help="Only this one; may be repeated. Default: all."
)
@click.option("--list", "listed", is_flag=True, help="Name the scenarios and stop.")
@click.option(
    "--quick",
    is_flag=True,
    help="A few scenarios (or those named) in shorter rounds: under 2 minutes, and less sure.",
)
@click.option("--check", is_flag=True, help="Exit 1 when a threshold is missed.")
@click.option(
    "--rounds", type=click.IntRange(1, 50), help="Alternating rounds; 5 by default, 2 with --quick."
)
@click.option("--json", "json_file", type=_file, help="Write all figures here.")
@click.option("--html", "html_file", type=_file, help="Write a page with charts here.")
@click.option(
    "--markdown",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write results.md and plans.md into this directory.",
)
@click.option(
    "--render",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RESULTS",
    help="Measure nothing: take the results of an earlier --json.",
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="NAME=URL",
    help="Measure servers of yours that run on this machine, instead of the scenarios; at least two.",
)
@click.option("--path", default="/", show_default=True, help="With --url: what to GET.")
@click.option(
    "--header", "headers", multiple=True, metavar="NAME:VALUE", help="With --url: a header to send."
)
@click.option(
    "--baselines",
    type=click.Path(path_type=Path),
    default=BASELINES,
    show_default="of this clone",
    help="Where the baselines are.",
)
def bench(
    chosen: tuple[str, ...], listed: bool, quick: bool, check: bool, rounds: int | None, json_file: Path | None,
    html_file: Path | None, markdown: Path | None, render: Path | None, urls: tuple[str, ...], path: str,
    headers: tuple[str, ...], baselines: Path,
) -> int:  # fmt: skip
    """Measure Tandem beside the old services, done the old way, and beside others.

    Everything runs on this machine: the services, PostgreSQL, Redis where it is installed, and stand-ins for paid
    services. The first run installs the baselines' packages (Flask, gunicorn, ...) below TANDEM_HOME. A scenario that
    cannot run, or fails, says so and does not stop the others.

    \b
    Examples:
      tandem bench --quick                                 a first look
      tandem bench --scenario hot-read --rounds 9          one scenario, surer
      tandem bench --check --json out.json --html out.html
      tandem bench --render out.json --markdown docs/benchmarks
      tandem bench --url old=http://127.0.0.1:5000 --url new=http://127.0.0.1:8000 --path /api/items
    """
    try:
        from tandem.bench import scenarios
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is missing; install Tandem with the extra `bench`"
        ) from error
    if listed:
        for one in scenarios.ALL.values():
            console.print(f"{one.name:18} {one.title}", highlight=False)
        return 0
    _refuse_stray(urls, path, headers, chosen)
    for name in chosen:
        if name not in scenarios.ALL:
            raise click.BadParameter(f"{name}; there are {', '.join(scenarios.ALL)}", param_hint="--scenario")
    wanted = (
        [_yours(urls, path, headers)]
        if urls
        else [
            scenarios.ALL[name]
            for name in dict.fromkeys(chosen or (scenarios.QUICK if quick else scenarios.ALL))
        ]
    )
    for output in (json_file, html_file, markdown):
        _writable(output)
    keep = _keeping(json_file, html_file, markdown)
    report = _read(render) if render else _measure(wanted, keep, baselines, quick=quick, rounds=rounds)
    keep(report)
    if quick and not (chosen or urls or render):
        left = [name for name in scenarios.ALL if name not in scenarios.QUICK]
        console.print(f"left to a whole run, or to --scenario: {', '.join(left)}", highlight=False)
    return _verdict(report, check=check)


def _refuse_stray(
    urls: tuple[str, ...], path: str, headers: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    """Refuse what would have no effect, before a whole run begins."""
    if urls and chosen:
        raise click.BadParameter("measures your servers instead of scenarios", param_hint="--url")
    for option, given in (("--path", path != "/"), ("--header", bool(headers))):
        if given and not urls:
            raise click.BadParameter("goes with --url NAME=URL", param_hint=option)
    for header in headers:
        if ":" not in header:
            raise click.BadParameter(f"{header!r} is not NAME:VALUE", param_hint="--header")


def _yours(urls: tuple[str, ...], path: str, headers: tuple[str, ...]) -> "Scenario":
    from tandem.bench.scenarios import yours

    if len(urls) < 2:
        raise click.BadParameter("name at least two servers, the old one first", param_hint="--url")
    servers = [yours.Running.read(one) for one in urls]
    for server in servers:
        try:
            socket.create_connection(("127.0.0.1", server.port), 5).close()
        except OSError as error:
            raise click.ClickException(f"{server.name}: nobody listens on port {server.port}") from error
    sent = {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in headers)}
    return yours.scenario(servers, yours.Question(path, sent))


def _measure(
    wanted: "list[Scenario]", keep: "Callable[[Report], None]", baselines: Path, *, quick: bool, rounds: int | None
) -> "Report":  # fmt: skip
    from tandem.bench import runner
    from tandem.bench.report import table
    from tandem.bench.scenario import Pace

    pace = Pace(rounds or 2, 1, quick=True) if quick else Pace(rounds or 5)
    with console.status("") as status:

        def say(text: str) -> None:
            # A terminal shows what goes on in one line; elsewhere only what must not be missed is kept.
            if console.is_terminal:
                status.update(text)
            if not console.is_terminal or "left out" in text or "FAILED" in text or "installing" in text:
                console.print(text, highlight=False)

        def done(outcome: "Outcome", report: "Report") -> None:
            for one in table.tables(outcome):
                _wide.print(one)
            keep(report)

        return runner.run(wanted, pace, baselines=baselines, state=load().home_path, say=say, done=done)


def _read(path: Path) -> "Report":
    from tandem.bench.outcome import Report

    try:
        return Report.read(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(
            f"{path} holds no results as `tandem bench --json` writes them: {error}"
        ) from error


def _keeping(
    json_file: Path | None, html_file: Path | None, markdown: Path | None
) -> "Callable[[Report], None]":
    """Return what writes the results so far; called after every scenario, so that none is lost."""
    from tandem.bench import thresholds
    from tandem.bench.report import markdown as md
    from tandem.bench.report import page

    def keep(report: "Report") -> None:
        if json_file:
            _write(json_file, json.dumps(report.wire(), indent=1, allow_nan=False) + "\n")
        if html_file:
            judged = thresholds.judge(report.figures, [one.scenario for one in report.outcomes])
            _write(html_file, page.render(report, judged))
        if markdown:
            markdown.mkdir(parents=True, exist_ok=True)
            _write(markdown / "results.md", md.results(report))
            _write(markdown / "plans.md", md.plans(report))

    return keep


def _verdict(report: "Report", *, check: bool) -> int:
    from tandem.bench import thresholds
    from tandem.bench.report import table

    judged = thresholds.judge(report.figures, [one.scenario for one in report.outcomes])
    _wide.print(table.verdicts(judged))
    failed = [one for one in report.outcomes if one.failure]
    for one in failed:
        errors.print(f"{one.scenario} failed: {one.failure.splitlines()[0]}")
    missed = [one for one in judged if one.verdict == "missed"]
    unknown = [one for one in judged if one.verdict == "not measured"]
    if check and (missed or unknown):
        errors.print(
            f"of {len(judged)} thresholds {len(missed)} are missed, {len(unknown)} were not measured"
        )
    return 1 if failed or (check and missed) else 0


def _writable(path: Path | None) -> None:
    """Refuse before hours of measuring what could not be written after them."""
    if path is not None and not os.access(
        next(one for one in (path.absolute(), *path.absolute().parents) if one.exists()), os.W_OK
    ):
        raise click.ClickException(f"{path} cannot be written")


def _write(path: Path, text: str) -> None:
    """Replace the file at once, so that a stop leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
