"""Figures of several rounds: medians, spreads, ratios, quantiles."""

import math
import statistics
from collections.abc import Sequence

__all__ = ["median", "quantile", "ratio", "spread"]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0-1) of ``values`` do not exceed; NaN for none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the median; NaN for no values."""
    return statistics.median(values) if values else math.nan


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return the smallest and the largest value; NaN for none."""
    return (min(values), max(values)) if values else (math.nan, math.nan)


def ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the median over rounds of ``values`` divided by ``others`` of the same round.

    A busy moment of the machine hits both sides of one round, so their ratio is steadier than that of the medians.
    NaN when nothing can be compared.
    """
    pairs = [one / other for one, other in zip(values, others, strict=False) if other]
    return median(pairs)
