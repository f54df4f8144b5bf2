"""Bars as inline SVG: the median of each subject, with a line from the smallest to the largest round."""

import math
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Final

from tandem.bench.measure.figures import spread
from tandem.bench.outcome import METRICS, Row
from tandem.bench.report.table import number

CHARTED: Final = (
    "rate", "tokens_rate", "finished", "first_ms", "p95_ms", "us", "peak_mb", "failed_share", "cpu_us", "memory_mb",
)  # fmt: skip
"""The metrics that get a chart, the most telling first."""
MOST: Final = 3
"""Charts per condition."""

WIDTH, LABEL, VALUE, LINE, BAR = 760, 230, 110, 28, 16
NAME, NAME_LINE = 32, 12
"""Letters of a name's line that fit into LABEL, and how far one line is below another."""


def charted(rows: Sequence[Row]) -> list[str]:
    """Return the metrics of ``rows`` that are worth a chart: those that at least two subjects have."""
    shared = [name for name in CHARTED if sum(bool(row.values.get(name)) for row in rows) > 1]
    return shared[:MOST]


def bars(rows: Sequence[Row], metric: str) -> str:
    """Return a chart of one metric; an empty text when nothing can be drawn."""
    heading, decimals, more_is_better = METRICS[metric]
    drawn = [(row, row.median(metric)) for row in rows if row.values.get(metric)]
    drawn = [(row, value) for row, value in drawn if math.isfinite(value)]
    if not drawn:
        return ""
    largest = max([spread(row.values[metric])[1] for row, _ in drawn] + [1e-9])
    room = WIDTH - LABEL - VALUE
    lines = [
        _bar(
            number(value, decimals),
            row,
            metric,
            place * LINE,
            max(0.0, value) / largest * room,
            room / largest,
        )
        for place, (row, value) in enumerate(drawn)
    ]
    better = "more is better" if more_is_better else "less is better"
    height = len(drawn) * LINE + 4
    return (
        f"<figure><figcaption>{escape(heading)} <small>{better}</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(heading)}">{"".join(lines)}</svg></figure>'
    )


def _bar(text: str, row: Row, metric: str, top: float, length: float, scale: float) -> str:  # noqa: PLR0913, PLR0917 - a bar's measures
    low, high = (LABEL + max(0.0, end) * scale for end in spread(row.values[metric]))
    middle = top + LINE / 2
    kind = "ours" if row.subject.startswith("Tandem") else "other"
    whisker = (
        f'<path class="spread" d="M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 4:.1f}v8M{high:.1f} {middle - 4:.1f}v8"/>'
        if high - low > 1
        else ""
    )
    return (
        f"{_name(row.subject, middle)}"
        f'<rect class="{kind}" x="{LABEL}" y="{top + (LINE - BAR) / 2:.1f}" width="{max(1.0, length):.1f}" height="{BAR}" rx="2"/>'
        f"{whisker}"
        f'<text class="value" x="{max(high, LABEL + length) + 8:.1f}" y="{middle + 4:.1f}">{text}</text>'
    )


def _name(subject: str, middle: float) -> str:
    """Return the name beside a bar, in as many lines as it takes: what does not fit would be cut at its beginning."""
    lines = textwrap.wrap(subject, NAME)
    first = middle + 4 - (len(lines) - 1) * NAME_LINE / 2
    spans = "".join(
        f'<tspan x="{LABEL - 8}" y="{first + place * NAME_LINE:.1f}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text class="name" text-anchor="end">{spans}</text>'
