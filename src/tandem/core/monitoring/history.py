"""The recent past of all counters: samples of the merged sums, close together for the last minutes and sparse further back.

Every worker samples the sums over all workers, so whichever is asked tells the same. What happened within a range is the
difference of two samples. Nothing is written down: a worker that starts knows the past from its start on, and says so.

Bounds: :data:`RINGS` hold 482 samples at most, each of at most :data:`MOST_VALUES` doubles: typically 6 MB, never more
than 32 MB. Fail mode: series beyond that bound are left out of the history and counted in :attr:`History.left_out`; what
Prometheus scrapes is not touched by it.
"""

import datetime as dt
from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from tandem.core.observability.tally import Declaration, Labels, Tally

Values = npt.NDArray[np.float64]

BEAT: Final = 10.0
"""Seconds between two samples."""

RINGS: Final = ((BEAT, 90), (60.0, 60), (600.0, 145), (3600.0, 187))
"""Seconds between the samples of a ring, and how many it holds: a quarter of an hour, one hour, a day, a week and more."""

LONGEST: Final = dt.timedelta(days=7)
"""How far back a range may reach."""

MOST_VALUES: Final = 8192
"""Doubles in one sample."""

_SLACK: Final = 0.5
"""Seconds by which a sample may come early and still count for its ring: timers are not exact."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All counters at one moment."""

    at: dt.datetime
    """The moment, aware."""
    elapsed: float
    """The same on the monotonic clock, seconds."""
    values: Values
    """Doubles in the order of :class:`SeriesIndex`; series that came later are missing at the end."""


class SeriesIndex:
    """Where each counter and histogram series stands in a sample. Only grows, up to :data:`MOST_VALUES`."""

    def __init__(self) -> None:
        """Begin without series."""
        self.places: dict[tuple[str, Labels], tuple[int, Declaration]] = {}
        self.size = 0
        self.left_out = 0

    def flatten(self, tally: Tally) -> Values:
        """Return the counters and histograms of ``tally`` as one row; gauges are states and have no history here."""
        found: list[tuple[int, list[float]]] = []
        self.left_out = 0
        for declaration, series in tally:
            if declaration.kind == "gauge":
                continue
            for labels, values in series.items():
                place = self._place(declaration, labels)
                if place is None:
                    self.left_out += 1
                else:
                    found.append((place, values))
        row = np.zeros(self.size)
        for place, values in found:
            row[place : place + len(values)] = values
        return row

    def _place(self, declaration: Declaration, labels: Labels) -> int | None:
        known = self.places.get((declaration.name, labels))
        if known is not None:
            return known[0]
        if self.size + declaration.width > MOST_VALUES:
            return None
        self.places[declaration.name, labels] = (self.size, declaration)
        self.size += declaration.width
        return self.size - declaration.width


class History:
    """The samples of one worker. For one thread at a time."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.index = SeriesIndex()
        self._rings = [(every, deque[Sample](maxlen=length)) for every, length in RINGS]

    @property
    def left_out(self) -> int:
        """Series of the last sample that found no room."""
        return self.index.left_out

    def sample(self, tally: Tally, at: dt.datetime, elapsed: float) -> Sample:
        """Return the sums in ``tally`` as a sample, without keeping it."""
        return Sample(at, elapsed, self.index.flatten(tally))

    def keep(self, sample: Sample) -> None:
        """Remember ``sample`` wherever its time has come."""
        for every, ring in self._rings:
            if not ring or sample.elapsed - ring[-1].elapsed >= every - _SLACK:
                ring.append(sample)

    def before(self, elapsed: float) -> Sample | None:
        """Return the last sample taken at or before ``elapsed``; else the oldest there is, None without any."""
        samples = list(chain.from_iterable(ring for _, ring in self._rings))
        if not samples:
            return None
        early = [one for one in samples if one.elapsed <= elapsed + _SLACK]
        return max(early, key=lambda one: one.elapsed) if early else min(samples, key=lambda one: one.elapsed)
