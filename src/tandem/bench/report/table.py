"""Results as tables in the terminal."""

import math
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from tandem.bench.outcome import METRICS, Outcome, Row
from tandem.bench.report.words import shown
from tandem.bench.thresholds import Judged

COLORS = {"met": "green", "missed": "red", "not measured": "yellow"}


def number(value: float, decimals: int) -> str:
    """Write a figure; a dash for one that is not there. Large ones need no decimals."""
    return "-" if math.isnan(value) else f"{value:,.{0 if abs(value) >= 1000 else decimals}f}"


def metrics_of(rows: Sequence[Row]) -> list[str]:
    """Return the metrics that ``rows`` have, in their usual order."""
    return [name for name in METRICS if any(row.values.get(name) for row in rows)]


def cell(row: Row, metric: str) -> str:
    """Write the median of a metric; errors are summed up."""
    if not row.values.get(metric):
        return ""
    value = row.total(metric) if metric == "errors" else row.median(metric)
    return number(value, METRICS[metric][1])


def conditions(outcome: Outcome) -> Iterator[tuple[str, list[Row]]]:
    """Yield each condition with its rows."""
    for condition in dict.fromkeys(row.condition for row in outcome.rows):
        yield condition, [row for row in outcome.rows if row.condition == condition]


def tables(outcome: Outcome) -> Iterator[Table]:
    """Yield a table per condition."""
    for condition, rows in conditions(outcome):
        metrics = metrics_of(rows)
        table = Table(title=f"{outcome.scenario}: {condition}", title_justify="left", title_style="bold")
        table.add_column("", min_width=18)
        for metric in metrics:
            table.add_column(METRICS[metric][0], justify="right", no_wrap=True)
        for row in rows:
            style = "cyan" if row.subject.startswith("Tandem") else ""
            table.add_row(Text(row.subject, style=style), *(cell(row, metric) for metric in metrics))
        yield table


def verdicts(judged: Sequence[Judged]) -> Table:
    """Return the thresholds with what was measured."""
    table = Table(title="thresholds", title_justify="left", title_style="bold")
    for heading, justify in (("figure", "left"), ("measured", "right"), ("demanded", "right"), ("", "left")):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for one in judged:
        table.add_row(
            one.threshold.text, shown(one.value), one.threshold.bound, Text(one.verdict, style=COLORS[one.verdict])
        )  # fmt: skip
    return table
