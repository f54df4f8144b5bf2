"""What happened between two samples."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tandem.core.monitoring.history import Sample, SeriesIndex, Values

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Durations:
    """A histogram's growth: ``counts`` by bucket (the last is beyond all ``bounds``), ``total`` in seconds."""

    bounds: tuple[float, ...]
    counts: Values
    total: float

    @property
    def count(self) -> int:
        """How many were measured."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Seconds; exact, for the sum is counted as well."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Return an estimate in seconds, None without measurements or beyond the last bound.

        Linear within a bucket, as Prometheus' ``histogram_quantile`` does (prometheus.io, "Histograms and summaries").
        """
        if not self.count:
            return None
        rank = share * self.count
        reached = np.cumsum(self.counts)
        bucket = int(np.searchsorted(reached, rank))
        if bucket >= len(self.bounds):
            return None
        lower = self.bounds[bucket - 1] if bucket else 0.0
        inside = float(self.counts[bucket])
        before = float(reached[bucket]) - inside
        return lower + (self.bounds[bucket] - lower) * ((rank - before) / inside if inside else 1.0)

    def __add__(self, other: "Durations") -> "Durations":
        """Return both together; they must have the same bounds."""
        return Durations(self.bounds, self.counts + other.counts, self.total + other.total)


class Window:
    """The growth of all counters from ``first`` to ``last``."""

    def __init__(self, index: SeriesIndex, first: Sample, last: Sample) -> None:
        """Compare two samples of one history."""
        self._index = index
        earlier = np.zeros(len(last.values))
        earlier[: len(first.values)] = first.values
        growth = last.values - earlier
        # Counts fall only when somebody cleared the files under a running server: then all that is there is new.
        self._growth: Values = np.where(growth < 0, last.values, growth)
        self.start, self.end = first.at, last.at
        self.seconds = last.elapsed - first.elapsed

    def series(self, name: str) -> Iterator[tuple[Mapping[str, str], Values]]:
        """Iterate over the label sets of the metric ``name``, each with its growth."""
        for (metric, labels), (place, declaration) in self._index.places.items():
            if metric == name and place + declaration.width <= len(self._growth):
                named = dict(zip(declaration.labels, labels, strict=False))
                yield named, self._growth[place : place + declaration.width]

    def total(self, name: str, **labels: str) -> float:
        """Return how much the counter ``name`` grew, over all label sets that have ``labels``."""
        return float(sum(row[0] for named, row in self.series(name) if named.items() >= labels.items()))

    def durations(self, name: str) -> Iterator[tuple[Mapping[str, str], Durations]]:
        """Iterate over the label sets of the histogram ``name``."""
        bounds = next((d.bounds for (metric, _), (_, d) in self._index.places.items() if metric == name), ())
        for named, row in self.series(name):
            yield named, Durations(bounds, row[:-1], float(row[-1]))

    def duration(self, name: str) -> Durations | None:
        """Return the histogram ``name`` over all its label sets, None if there is none."""
        together: Durations | None = None
        for _, one in self.durations(name):
            together = one if together is None else together + one
        return together

    def rate(self, amount: float) -> float:
        """Return ``amount`` per second of this window."""
        return amount / self.seconds if self.seconds > 0 else 0.0

    @property
    def length(self) -> dt.timedelta:
        """How long the window is."""
        return dt.timedelta(seconds=self.seconds)
