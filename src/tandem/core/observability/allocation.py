"""Gives out slots of this worker's area and writes down what they mean."""

import math
import threading
from typing import Final

from tandem.core.observability.shared_values import Area
from tandem.core.observability.tally import Declaration, Labels

WIDEST: Final = 64
"""Most values that one series may have: a histogram of 62 buckets."""

REFUSED: Final = Declaration(
    "tandem_metrics_refused_values_total",
    "Amounts left out of counters and histograms: negative, infinite or undefined.",
    "counter",
)
DROPPED: Final = Declaration(
    "tandem_metrics_dropped_series_total",
    "Look-ups of label sets that were counted as other (reason limit) or not at all (reason capacity).",
    "counter",
    ("reason",),
)


class Allocator:
    """Hands out the slots of one area. Safe from any thread; never fails, see :meth:`allocate`."""

    def __init__(self, area: Area, origin: str) -> None:
        """Begin with an empty ``area``; ``origin`` tells people whose it is."""
        self.open(area, origin)

    def open(self, area: Area, origin: str) -> None:
        """Go on in another, empty area; all metrics have to be announced and allocated again."""
        self._lock = threading.Lock()
        self._area = area
        # Series that found no room count here, where nobody looks. Slot 0 exists as in every area.
        self._nowhere = memoryview(bytearray(8 * (WIDEST + 1))).cast("d")
        area.append(["o", origin])
        self.announce(REFUSED)
        self.announce(DROPPED)
        # The first slot of all has to be the one in which cells count what they refuse.
        self.allocate(REFUSED, ())
        self._values, self._over_limit = self.allocate(DROPPED, ("limit",))
        _, self._over_capacity = self.allocate(DROPPED, ("capacity",))

    def announce(self, declaration: Declaration) -> None:
        """Publish a metric before its first series."""
        with self._lock:
            self._area.append(["m", *declaration.to_record()])

    def allocate(self, declaration: Declaration, labels: Labels) -> "tuple[memoryview[float], int]":
        """Return where the series ``labels`` is counted: nowhere, and counted as dropped, once all is full."""
        with self._lock:
            slot = self._area.reserve(declaration.width)
            if slot is None:
                self._values[self._over_capacity] += 1.0
                return self._nowhere, 1
            values = self._area.values
            if declaration.kind == "gauge" and declaration.merge != "sum":
                values[slot] = math.nan  # not set yet; published below, hence in this order
            if not self._area.append(["s", declaration.name, slot, labels]):
                self._values[self._over_capacity] += 1.0
            return values, slot

    def count_folded(self) -> None:
        """Count one look-up that went to ``other``."""
        with self._lock:
            self._values[self._over_limit] += 1.0
