"""What was counted, as plain data: declarations, series, and how the series of several workers become one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max", "min", "latest"]
Labels = tuple[str, ...]

SERIES_LIMIT: Final = 500
"""Label sets per metric; later ones are counted together under :data:`OTHER`."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One metric. Workers must agree on it: a sibling's metric that was declared differently is left out."""

    name: str
    help: str
    kind: Kind
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Upper ends of a histogram's buckets, rising, without +Inf."""
    merge: Merge = "sum"
    """How the gauges of the living workers become one; counters and histograms are summed."""
    limit: int = SERIES_LIMIT

    @property
    def width(self) -> int:
        """Values per series: a histogram's buckets, +Inf and sum; a ``latest`` gauge's value and moment."""
        if self.kind == "histogram":
            return len(self.bounds) + 2
        return 2 if self.merge == "latest" else 1

    @property
    def outlives_its_worker(self) -> bool:
        """Whether a dead worker's values still count: what happened does, a state does not."""
        return self.kind != "gauge"

    def to_record(self) -> list[Any]:
        """Return the JSON form that :meth:`from_record` reads."""
        return [self.name, self.help, self.kind, self.labels, self.bounds, self.merge, self.limit]

    @classmethod
    def from_record(cls, record: list[Any]) -> "Declaration":
        """Read what :meth:`to_record` wrote."""
        name, text, kind, labels, bounds, merge, limit = record
        return cls(name, text, kind, tuple(labels), tuple(bounds), merge, limit)


class Tally:
    """Series by metric and label set, merged as they are added. Bounded by each metric's limit."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._metrics: dict[str, tuple[Declaration, dict[Labels, list[float]]]] = {}

    def __iter__(self) -> Iterator[tuple[Declaration, dict[Labels, list[float]]]]:
        """Iterate over metrics in the order in which they were first added."""
        return iter(self._metrics.values())

    def declare(self, declaration: Declaration) -> bool:
        """Make room for a metric; ``False`` if it is known under another declaration."""
        known, _ = self._metrics.setdefault(declaration.name, (declaration, {}))
        return known == declaration

    def add(self, declaration: Declaration, labels: Labels, values: Sequence[float]) -> None:
        """Merge one worker's ``values`` of a declared metric into the series ``labels``."""
        series = self._metrics[declaration.name][1]
        if labels not in series and labels and len(series) >= declaration.limit:
            labels = (OTHER,) * len(labels)
        present = series.get(labels)
        series[labels] = list(values) if present is None else _merged(declaration, present, values)

    def update(self, other: "Tally", *, only_lasting: bool = False) -> None:
        """Add all of ``other``, or only what outlives its worker."""
        for declaration, series in other:
            if self.declare(declaration) and (declaration.outlives_its_worker or not only_lasting):
                for labels, values in series.items():
                    self.add(declaration, labels, values)

    def to_json(self) -> list[Any]:
        """Return the JSON form that :meth:`from_json` reads; doubles keep all their digits."""
        return [[declaration.to_record(), list(series.items())] for declaration, series in self]

    @classmethod
    def from_json(cls, content: list[Any]) -> "Tally":
        """Read what :meth:`to_json` wrote."""
        tally = cls()
        for record, series in content:
            declaration = Declaration.from_record(record)
            if tally.declare(declaration):
                for labels, values in series:
                    tally.add(declaration, tuple(labels), values)
        return tally


def tally_of(values: Sequence[float], records: Sequence[Any]) -> Tally:
    """Make sense of a worker's area: ``records`` are declarations ``["m", ...]`` and series ``["s", ...]``."""
    tally = Tally()
    declared: dict[str, Declaration] = {}
    for kind, *record in records:
        if kind == "m":
            declaration = Declaration.from_record(record)
            if tally.declare(declaration):
                declared[declaration.name] = declaration
        elif kind == "s" and (found := declared.get(record[0])):
            _, slot, labels = record
            counted = values[slot : slot + found.width]
            if len(counted) == found.width:
                tally.add(found, tuple(labels), counted)
    return tally


def _merged(declaration: Declaration, a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Merge two workers' values; an undefined one (a gauge that was never set) gives way to the other."""
    if declaration.merge == "sum":
        return [x + y for x, y in zip(a, b, strict=True)]
    if a[0] != a[0] or b[0] != b[0]:
        return list(b if a[0] != a[0] else a)
    if declaration.merge == "latest":
        return list(a if a[1] >= b[1] else b)
    return [max(a[0], b[0]) if declaration.merge == "max" else min(a[0], b[0])]
