"""What a run has to reach. The figures stand in one file, ``thresholds.toml``, with the words that ask for them."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

Verdict = Literal["met", "missed", "not measured"]

FILE: Final = "thresholds.toml"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One figure and its bound; exactly one of ``at_least`` and ``at_most`` is given."""

    figure: str
    text: str
    at_least: float | None = None
    at_most: float | None = None
    aim: float | None = None
    """What was hoped for beyond the bound."""

    def __post_init__(self) -> None:
        """Refuse a threshold that bounds nothing, or both ways."""
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"{self.figure}: give either at_least or at_most")

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"at least {self.at_least:,g}" if self.at_least is not None else f"at most {self.at_most:,g}"

    def verdict(self, value: float | None) -> Verdict:
        """Judge ``value``; a figure that is not there, or NaN, was not measured."""
        if value is None or math.isnan(value):
            return "not measured"
        if self.at_least is not None:
            return "met" if value >= self.at_least else "missed"
        return "met" if self.at_most is not None and value <= self.at_most else "missed"


@dataclass(frozen=True, slots=True)
class Judged:
    """A threshold and what was measured."""

    threshold: Threshold
    value: float | None
    verdict: Verdict


def load() -> list[Threshold]:
    """Read the file; raises ValueError for a threshold that makes no sense."""
    told = tomllib.loads((files("tandem.bench") / FILE).read_text(encoding="utf-8"))
    return [Threshold(**one) for one in told["threshold"]]


def judge(
    figures: Mapping[str, float], scenarios: Sequence[str], thresholds: Sequence[Threshold] | None = None
) -> list[Judged]:
    """Judge all thresholds of the ``scenarios`` that ran."""
    wanted = load() if thresholds is None else thresholds
    return [
        Judged(one, value := figures.get(one.figure), one.verdict(value))
        for one in wanted if one.figure.partition(".")[0] in scenarios
    ]  # fmt: skip
