"""How figures and facts are written, the same in every form of the report."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tandem.bench.thresholds import Judged


def shown(value: float | None) -> str:
    """Write a figure with as many digits as mean something; a dash for none."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3g}" if abs(value) < 10 else f"{value:,.1f}"


def unreached(one: Judged) -> str:
    """Say by how much a bound was missed; empty when it was not."""
    if one.verdict != "missed" or one.value is None:
        return ""
    bound = one.threshold.at_least if one.threshold.at_least is not None else one.threshold.at_most
    if not bound:
        return f"missed by {shown(abs(one.value))}"
    return f"missed by {abs(one.value - bound) / abs(bound):.0%}"


def described(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each fact of a run in words."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield name.replace("_", " "), ", ".join(f"{key} {one}" for key, one in value.items())
        else:
            yield name.replace("_", " "), str(value)
