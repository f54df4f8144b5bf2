"""Reading a server's own metrics, merged over its workers."""

import math
import re
from collections.abc import Mapping
from typing import Final

_LINE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\S+)$")


def buckets(text: str, name: str) -> dict[float, float]:
    """Return the cumulative counts of a histogram by upper bound, all its label sets added up."""
    found: dict[float, float] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and match[1] == f"{name}_bucket" and (edge := re.search(r'le="([^"]+)"', match[2] or "")):
            bound = float(edge[1])
            found[bound] = found.get(bound, 0.0) + float(match[3])
    return dict(sorted(found.items()))


def quantile_of(counts: Mapping[float, float], share: float) -> float:
    """Return a quantile of cumulative ``counts``, linear within its bucket; NaN for an empty histogram."""
    total = max(counts.values(), default=0.0)
    if not total:
        return math.nan
    below, lower = 0.0, 0.0
    for bound, count in counts.items():
        if count >= share * total:
            if math.isinf(bound):
                return lower
            inside = count - below
            return lower + (bound - lower) * ((share * total - below) / inside if inside else 1.0)
        below, lower = count, bound
    return lower
