"""`tandem models evaluate` for labelled texts: how good the sentiment model is on them."""

import sys
from dataclasses import asdict
from typing import Any, Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tandem.cli.models import Examples
from tandem.cli.runtime import console, errors, run
from tandem.core.settings import load

TEXTS: Final = ("text", "sentence", "tweet", "review")
LABELS: Final = ("label", "sentiment", "rating", "mean_rating")
PART: Final = 128


def evaluate(examples: Examples) -> dict[str, Any]:
    """Judge the texts and print accuracy, macro F1, macro recall and calibration."""
    from tandem.inference.sentiment.labels import meanings  # noqa: PLC0415 - loads NumPy

    text = next(name for name in TEXTS if name in examples.columns)
    label = next(name for name in LABELS if name in examples.columns)
    rows = [row for row in examples.rows if row[text].strip() and row[label].strip()]
    if not rows:
        raise click.ClickException(f"{examples.file}: there is no labelled text in it")
    try:
        spelled = [row[label].strip().lower() for row in rows]
        labels = meanings([examples.labels.get(name, name) for name in spelled])
    except ValueError as error:
        raise click.ClickException(f"{examples.file}: {error}") from error
    figures = run(_score([row[text] for row in rows], labels))
    figures["skipped"] = len(examples.rows) - len(rows)
    _show(examples.file.name, figures)
    return figures


async def _score(texts: list[str], labels: list[Any]) -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415

    from tandem.inference.sentiment.analyzer import analyzer_of  # noqa: PLC0415
    from tandem.inference.sentiment.scoring import scored  # noqa: PLC0415

    analyzer = analyzer_of(load())
    await analyzer.open()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=errors,
        transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    shares = []
    try:
        with bar:
            task = bar.add_task("judging", total=len(texts))
            for start in range(0, len(texts), PART):
                part = texts[start : start + PART]
                judged = await analyzer.judge(part, explain=False)
                shares += [
                    (one.verdict.negative, one.verdict.neutral, one.verdict.positive) for one in judged
                ]
                bar.advance(task, len(part))
    finally:
        await analyzer.close()
    polar = [at for at, label in enumerate(labels) if label != "neutral"]
    table = np.array(shares)
    found = asdict(scored(labels, table))
    both = {labels[at] for at in polar} == {"negative", "positive"}
    found["positive_or_negative"] = (
        asdict(scored([labels[at] for at in polar], table[polar])) if both else None
    )
    return {"model": analyzer.name, "version": analyzer.version, **found}


def _show(name: str, figures: dict[str, Any]) -> None:
    table = Table(title=f"{name}: {figures['version']}")
    for column in ("", "texts", "accuracy", "macro F1", "macro recall", "ECE", "confidence"):
        table.add_column(column, justify="right", no_wrap=True)
    scores = [("all", figures)]
    if len(figures["classes"]) == 3 and figures["positive_or_negative"]:
        scores.append(("pos or neg", figures["positive_or_negative"]))
    for which, one in scores:
        numbers = ("accuracy", "macro_f1", "macro_recall", "calibration_error", "confidence")
        table.add_row(which, str(one["count"]), *(f"{one[key]:.3f}" for key in numbers))
    console.print(table)
    console.print("ECE, expected calibration error: how far confidence is from accuracy, over ten bins")
    if len(figures["classes"]) == 2:
        console.print("there is no neutral text in it: each verdict is the likelier of the two")
    if figures["skipped"]:
        console.print(f"{figures['skipped']} rows without text or label were left out")
