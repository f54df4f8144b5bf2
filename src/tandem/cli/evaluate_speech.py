"""`tandem models evaluate` for recordings: the word error rate of speech to text."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from tandem.cli.models import Examples
from tandem.cli.runtime import console, errors, run
from tandem.core.settings import load
from tandem.inference.speech_scores import Known, Scores, scores
from tandem.inference.transcription import transcriber_of


def evaluate(examples: Examples) -> dict[str, Any]:
    """Transcribe the recordings and print the word error rate of each and of all."""
    known = [_known(examples.file, row) for row in examples.rows]
    if not known:
        raise click.ClickException(f"{examples.file}: there is no recording in it")
    found = run(_score(known))
    _show(found)
    return found.as_json()


def _known(table: Path, row: dict[str, str]) -> Known:
    path = table.parent / row["file"].strip()
    if not path.is_file():
        raise click.ClickException(f"{table}: there is no recording {path}")
    return Known(path, row["transcript"], row.get("complete", "yes").strip().lower() in ("yes", "true", "1"))


async def _score(known: list[Known]) -> Scores:
    transcriber = transcriber_of(load())
    await transcriber.open()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=errors, transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    try:
        with bar:
            task = bar.add_task("listening", total=len(known))
            return await scores(transcriber, known, lambda: bar.advance(task))
    finally:
        await transcriber.close()


def _show(found: Scores) -> None:
    table = Table(title=f"{found.model}, {found.version}")
    table.add_column("recording", overflow="fold")
    for name in ("seconds", "words", "errors", "WER"):
        table.add_column(name, justify="right")
    table.add_column("transcript", overflow="fold", ratio=1)
    for one in found.scored:
        text = one.text or f"- {one.problem or 'nothing was heard'}"
        figures = ("", "", "not scored") if one.errors is None else (
            str(one.errors.words), str(one.errors.errors), f"{100 * one.errors.rate:.1f} %",
        )  # fmt: skip
        table.add_row(one.name, f"{one.seconds:.1f}", *figures, text)
    console.print(table)
    total = found.errors
    console.print(
        f"word error rate {100 * total.rate:.2f} %: {total.substitutions} substitutions, {total.deletions} deletions,"
        f" {total.insertions} insertions in {total.words} words; {found.speed:.1f} times as fast as it is spoken"
    )
