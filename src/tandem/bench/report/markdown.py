"""Results as Markdown, for docs/benchmarks: every table, and the two plans figure by figure."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from tandem.bench.outcome import METRICS, Report
from tandem.bench.report.table import cell, conditions, metrics_of
from tandem.bench.report.words import described, shown, unreached
from tandem.bench.thresholds import Threshold, judge

PLANS: Final = "plans.toml"
MADE: Final = "<!-- Written by `tandem bench --render`; change the measurement, not this file. -->"


@dataclass(frozen=True, slots=True)
class Promise:
    """One figure of a plan, and what stands for it."""

    plan: str
    line: str
    promised: str
    measured: str
    """What was measured, in words."""
    against: str = ""
    """Against which twin."""
    figure: str = ""
    at_least: float | None = None
    at_most: float | None = None
    cannot: str = ""
    """Why no measurement here can tell."""

    def verdict(self, figures: Mapping[str, float]) -> str:
        """Say whether it is met."""
        if self.cannot:
            return f"cannot be measured here: {self.cannot}"
        judged = judge(
            figures,
            [self.figure.partition(".")[0]],
            [Threshold(self.figure, self.line, self.at_least, self.at_most)],
        )[0]
        distance = unreached(judged)
        return f"**not met** ({distance})" if distance else judged.verdict


def promises() -> list[Promise]:
    """Read the figures of the two plans."""
    return [
        Promise(**one)
        for one in tomllib.loads((files("tandem.bench") / PLANS).read_text(encoding="utf-8"))["promise"]
    ]


def plans(report: Report) -> str:
    """Return one row per figure of the two plans."""
    return "\n".join(_plans(report)) + "\n"


def results(report: Report) -> str:
    """Return all tables."""
    return "\n".join(_results(report)) + "\n"


def _plans(report: Report) -> Iterator[str]:
    figures = report.figures
    yield MADE
    yield "# The figures of the two plans\n"
    yield "What each plan promised, what was measured for it, and whether it is met. All from one run; how it is measured: [README](README.md); every table: [results](results.md).\n"
    yield from _facts(report.facts)
    for plan in dict.fromkeys(one.plan for one in promises()):
        yield f"\n## {plan}\n"
        yield "| The plan says | Measured | Against | Result | Demanded | |"
        yield "|---|---|---|---|---|---|"
        for one in promises():
            if one.plan == plan:
                value = "" if one.cannot else shown(figures.get(one.figure))
                bound = "" if one.cannot else Threshold(one.figure, "", one.at_least, one.at_most).bound
                yield f"| {one.line}: {one.promised} | {one.measured} | {one.against} | {value} | {bound} | {one.verdict(figures)} |"


def _results(report: Report) -> Iterator[str]:
    yield MADE
    yield "# Results\n"
    yield from _facts(report.facts)
    yield "\n## What was demanded\n"
    yield "| Figure | Measured | Demanded | |"
    yield "|---|---|---|---|"
    for one in judge(report.figures, [outcome.scenario for outcome in report.outcomes]):
        verdict = (
            f"**missed** ({unreached(one).removeprefix('missed ')})"
            if one.verdict == "missed"
            else one.verdict
        )
        yield f"| {one.threshold.text} | {shown(one.value)} | {one.threshold.bound} | {verdict} |"
    for outcome in report.outcomes:
        yield f"\n## {outcome.scenario}\n"
        yield f"{outcome.title}. {outcome.seconds:.0f} s; load average at its end {outcome.load}."
        if outcome.failure:
            yield f"\n**Failed**: {outcome.failure.splitlines()[0][:300]}"
        for condition, rows in conditions(outcome):
            metrics = metrics_of(rows)
            yield f"\n### {condition}\n"
            yield "| | " + " | ".join(METRICS[metric][0] for metric in metrics) + " |"
            yield "|---" * (len(metrics) + 1) + "|"
            for row in rows:
                yield f"| {row.subject} | " + " | ".join(cell(row, metric) for metric in metrics) + " |"
        notes = [f"left out: {one}" for one in outcome.left_out] + outcome.notes
        if notes:
            yield ""
            yield from (f"* {' '.join(one.split())[:300]}" for one in notes)


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, text in described(facts):
        yield f"* {name}: {text}"
