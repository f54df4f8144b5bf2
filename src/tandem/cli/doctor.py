"""`tandem doctor`: what is wrong here, and which command mends it."""

import json
from collections.abc import Callable
from dataclasses import asdict

import click
from rich.text import Text

from tandem.cli import checks
from tandem.cli.checks import Finding
from tandem.cli.runtime import console
from tandem.core.errors import ConfigurationError
from tandem.core.settings import Settings, load

COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, as_json: bool) -> int:
    """Look at versions, settings, disk, ports, database and models; exit code 1 if something is wrong.

    \b
    Example:
      tandem doctor
    """
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = Text(f"{finding.verdict:<4}", style=COLOURS[finding.verdict])
            console.print(mark, f"{finding.subject}: {finding.text}", highlight=False)
            if finding.remedy:
                console.print(f"       -> {finding.remedy}", highlight=False)
    return int(any(finding.verdict == "bad" for finding in findings))


def examine() -> list[Finding]:
    """Run every check; a check that itself fails is a finding."""
    findings = [*checks.versions(), *checks.unknown_settings()]
    try:
        settings = load()
    except ConfigurationError as error:
        return [
            *findings,
            Finding("bad", "settings", error.message, "correct it in the environment or in .env"),
        ]
    findings.append(Finding("ok", "settings", f"time zone {settings.timezone}, home {settings.home_path}"))
    looks: tuple[Callable[[Settings], list[Finding]], ...] = (
        checks.disk, checks.service_ports, checks.embedded, checks.database, checks.keys, checks.demo,
        checks.model, checks.writer,
    )  # fmt: skip
    for look in looks:
        try:
            findings += look(settings)
        except Exception as error:  # noqa: BLE001 - a doctor must not die of the disease
            findings.append(Finding("bad", look.__name__, str(error) or type(error).__name__))
    return findings
