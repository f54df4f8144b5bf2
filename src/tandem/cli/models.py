"""`tandem models`: how good the models are, on examples of yours."""

import csv
import importlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Final, Protocol

import click

KINDS: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (frozenset({"file", "transcript"}), "tandem.cli.evaluate_speech"),
    *(
        (frozenset(columns), "tandem.cli.evaluate_sentiment")
        for columns in product(
            ("text", "sentence", "tweet", "review"), ("label", "sentiment", "rating", "mean_rating")
        )
    ),
)
"""Columns by which a file of examples is recognised, and the module whose ``evaluate`` scores it."""


MEANINGS: Final = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Examples:
    """A table of examples: each row by column, names in lower case."""

    file: Path
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    labels: dict[str, str] = field(default_factory=dict)
    """What labels mean, where the caller said so."""


class Evaluation(Protocol):
    """Scores one kind of examples and prints what it found."""

    def __call__(self, examples: Examples) -> dict[str, Any]:
        """Return the figures for `--json`."""


@click.group()
def models() -> None:
    """Score the models of this machine."""


@models.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--json", "output", type=click.Path(dir_okay=False, path_type=Path), help="Also write the figures here."
)
@click.option(
    "--labels",
    "spelled",
    help="What labels mean, such as 0=negative,1=positive,2=neutral.",
    metavar="NAME=MEANING,...",
)
def evaluate(file: Path, output: Path | None, spelled: str | None) -> None:
    """Score a model on the examples in FILE: CSV or TSV, what it is about is told by its columns.

    \b
    file, transcript   recordings, paths from FILE's directory: the word error rate of speech to text.
                       Rows whose column `complete` is not `yes` are transcribed but not scored.

    \b
    text, label        texts: accuracy, macro F1, macro recall and calibration of the sentiment model. Labels may be
                       negative, neutral, positive; -1, 0, 1; 0, 1; 0, 1, 2; bearish, bullish; 1-5 stars; ratings
                       around 0 (up to 0.5 from it is neutral). Other names: sentence, tweet, review; sentiment,
                       rating, mean_rating. `--labels 0=negative,1=positive,2=neutral` says it for any other.

    \b
    Examples:
      tandem models evaluate tweets.csv
      tandem models evaluate recordings/transcripts.tsv --json figures.json
    """
    import orjson  # noqa: PLC0415

    examples = read(file)
    if spelled is not None:
        examples = replace(examples, labels=_spelled(spelled))
    module = next((module for wanted, module in KINDS if wanted <= set(examples.columns)), None)
    if module is None:
        # The first of each kind is enough to be understood.
        first = {module: columns for columns, module in reversed(KINDS)}
        wanted = " or ".join(", ".join(sorted(columns)) for columns in reversed(first.values()))
        raise click.ClickException(
            f"{file}: the columns {', '.join(examples.columns)} are no examples; wanted are {wanted}"
        )
    evaluation: Evaluation = importlib.import_module(module).evaluate
    figures = evaluation(examples)
    if output is not None:
        output.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")


def read(file: Path) -> Examples:
    """Return the table in ``file``; raises ClickException for what is none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: not a text in UTF-8") from error
    # Not splitlines: it also parts lines at characters that stand within tweets.
    lines = list(io.StringIO(text, newline=""))
    if not lines or not lines[0].strip():
        raise click.ClickException(f"{file}: there is no line of column names")
    # A tab stands in no name of a column; a comma may stand in the cells of either.
    tabs = "\t" in lines[0]
    reader = csv.reader(
        lines, delimiter="\t" if tabs else ",", quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
    )
    columns = tuple(name.strip().lower() for name in next(reader))
    return Examples(file, columns, list(_rows(reader, columns)))


def _spelled(text: str) -> dict[str, str]:
    """Return what `--labels` says; raises BadParameter."""
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    wrong = [
        f"{name}={meaning}" for name, meaning in pairs.items() if meaning.strip().lower() not in MEANINGS
    ]
    if wrong:
        raise click.BadParameter(f"{wrong[0]}: a label means {', '.join(MEANINGS)}", param_hint="--labels")
    return {name.strip().lower(): meaning.strip().lower() for name, meaning in pairs.items()}


def _rows(reader: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
