"""What a scenario found, in a form that is kept as JSON and read again."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from tandem.bench.measure.figures import median

METRICS: Final[Mapping[str, tuple[str, int, bool]]] = {
    "rate": ("requests/s", 1, True), "tokens_rate": ("tokens/s", 0, True), "finished": ("finished", 0, True),
    "first_ms": ("first token ms", 1, False), "p50_ms": ("p50 ms", 1, False), "p95_ms": ("p95 ms", 1, False),
    "p99_ms": ("p99 ms", 1, False), "cpu_us": ("CPU us", 0, False), "db_cpu_us": ("DB us", 0, False),
    "memory_mb": ("MB", 0, False), "peak_mb": ("peak MB", 0, False), "us": ("us", 2, False), "p99_us": ("p99 us", 1, False),
    "failed_share": ("failed", 4, False), "errors": ("errors", 0, False),
}  # fmt: skip
"""Of each metric: heading, decimals, whether more is better."""


@dataclass(slots=True)
class Row:
    """One subject under one condition; each metric has a value per round."""

    subject: str
    condition: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **values: float) -> None:
        """Add the values of a round."""
        for name, value in values.items():
            self.values.setdefault(name, []).append(value)

    def median(self, metric: str) -> float:
        """Return the median over the rounds."""
        return median(self.values.get(metric, ()))

    def total(self, metric: str) -> float:
        """Return the sum over the rounds."""
        return sum(self.values.get(metric, ()))


@dataclass(slots=True)
class Outcome:
    """One scenario's rows, and the figures that are made of them."""

    scenario: str
    title: str
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    """By the names that thresholds and plans use, without the scenario's own name."""
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What could not be measured here, and why."""
    failure: str = ""
    seconds: float = 0.0
    load: float = 0.0
    """The machine's load average when it ended."""

    def row(self, subject: str, condition: str) -> Row:
        """Return the row of a subject under a condition, making it on first use."""
        for row in self.rows:
            if row.subject == subject and row.condition == condition:
                return row
        self.rows.append(Row(subject, condition))
        return self.rows[-1]

    def wire(self) -> dict[str, Any]:
        """Return it as JSON, which knows no NaN: what could not be measured is null."""
        told = asdict(self)
        told["figures"] = {name: _or_null(value) for name, value in self.figures.items()}
        for row in told["rows"]:
            row["values"] = {name: list(map(_or_null, values)) for name, values in row["values"].items()}
        return told

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return it from JSON."""
        rows = [
            Row(
                row["subject"],
                row["condition"],
                {name: list(map(_or_nan, values)) for name, values in row["values"].items()},
            )
            for row in told["rows"]
        ]
        figures = {name: _or_nan(value) for name, value in told["figures"].items()}
        return cls(**{**told, "rows": rows, "figures": figures})


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


@dataclass(slots=True)
class Report:
    """All scenarios of one run, and on what they were measured."""

    facts: dict[str, Any]
    outcomes: list[Outcome]

    @property
    def figures(self) -> dict[str, float]:
        """All figures by ``scenario.figure``."""
        return {
            f"{one.scenario}.{name}": value for one in self.outcomes for name, value in one.figures.items()
        }

    def wire(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"format": 1, "facts": self.facts, "outcomes": [one.wire() for one in self.outcomes]}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return it from JSON; raises ValueError for another format."""
        if told.get("format") != 1:
            raise ValueError("this is no result of `tandem bench`")
        return cls(dict(told["facts"]), [Outcome.read(one) for one in told["outcomes"]])
