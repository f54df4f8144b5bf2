"""One series in the hand of the code that counts: a store or two into slots that were found once.

A negative, infinite or undefined amount would spoil a sum for ever, and a measurement must not break what
it measures: such an amount is left out and counted in ``tandem_metrics_refused_values_total``.

**Threads.** ``values[i] += x`` reads, adds and writes, so one thread alone may do it: the plain cells belong
to the thread of the event loop. The ``Shared`` ones, for inference threads and blocking libraries, have slots
of their own behind a lock; both are added up at scrape. That holds with and without a global interpreter
lock. ``GaugeCell.set`` of a gauge that is not merged by ``latest`` is a single store, allowed to any thread.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable
from math import inf

REFUSED_SLOT = 0
"""Where each worker counts the amounts that were left out."""


class Cell:
    """Some neighbouring slots of one worker."""

    __slots__ = ("_slot", "_values")

    _values: "memoryview[float]"
    _slot: int

    def __init__(self, values: "memoryview[float]", slot: int) -> None:
        """Count in ``values`` from ``slot`` on."""
        self.move(values, slot)

    def move(self, values: "memoryview[float]", slot: int) -> None:
        """Count elsewhere from now on: a forked child must not write into its parent's slots."""
        self._values = values
        self._slot = slot

    def read(self, width: int) -> list[float]:
        """Return what this worker itself has counted."""
        return list(self._values[self._slot : self._slot + width])


class CounterCell(Cell):
    """A number that only rises."""

    __slots__ = ()

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount`` >= 0."""
        if 0.0 <= amount < inf:
            self._values[self._slot] += amount
        else:
            self._values[REFUSED_SLOT] += 1.0

    def set_total(self, total: float) -> None:
        """Take over a total that something else in this process keeps, such as its CPU seconds."""
        self._values[self._slot] = total


class HistogramCell(Cell):
    """Counts by size: a slot per bucket (not cumulated), one for +Inf, one for the sum."""

    __slots__ = ("_bounds", "_sum")

    def __init__(self, values: "memoryview[float]", slot: int, bounds: tuple[float, ...]) -> None:
        """Sort amounts by ``bounds``, each the inclusive upper end of its bucket."""
        self._bounds = bounds
        super().__init__(values, slot)

    def move(self, values: "memoryview[float]", slot: int) -> None:
        """Count elsewhere from now on."""
        super().move(values, slot)
        self._sum = slot + len(self._bounds) + 1

    def observe(self, amount: float) -> None:
        """Count one ``amount`` >= 0, in the metric's unit (seconds for durations)."""
        values = self._values
        if 0.0 <= amount < inf:
            values[self._slot + bisect_left(self._bounds, amount)] += 1.0
            values[self._sum] += amount
        else:
            values[REFUSED_SLOT] += 1.0


def observe_and_count(durations: HistogramCell, total: CounterCell, amount: float) -> None:
    """Do ``durations.observe(amount)`` and ``total.inc()`` in one call, for plain cells on the event loop's thread."""
    values = durations._values  # noqa: SLF001 - cells of this file
    if 0.0 <= amount < inf:
        values[durations._slot + bisect_left(durations._bounds, amount)] += 1.0  # noqa: SLF001
        values[durations._sum] += amount  # noqa: SLF001
    else:
        values[REFUSED_SLOT] += 1.0
    total._values[total._slot] += 1.0  # noqa: SLF001


class GaugeCell(Cell):
    """A number that rises and falls."""

    __slots__ = ("_now",)

    def __init__(
        self, values: "memoryview[float]", slot: int, now: Callable[[], float] | None = None
    ) -> None:
        """Note the moment of each change in the next slot if ``now`` is given."""
        self._now = now
        super().__init__(values, slot)

    def set(self, value: float) -> None:
        """Have ``value`` from now on."""
        self._values[self._slot] = value
        if self._now is not None:
            self._values[self._slot + 1] = self._now()

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount``; a gauge that was never set begins at 0."""
        value = self._values[self._slot]
        self.set(value + amount if value == value else amount)  # noqa: PLR0124 - only NaN differs from itself


class SharedCounterCell(CounterCell):
    """A counter for any thread."""

    __slots__ = ("_lock",)

    def move(self, values: "memoryview[float]", slot: int) -> None:
        """Count elsewhere from now on, with a new lock: the old one may be held by a thread that was not forked."""
        self._lock = threading.Lock()
        super().move(values, slot)

    def inc(self, amount: float = 1.0) -> None:
        """Add ``amount`` >= 0."""
        with self._lock:
            super().inc(amount)


class SharedHistogramCell(HistogramCell):
    """A histogram for any thread."""

    __slots__ = ("_lock",)

    def move(self, values: "memoryview[float]", slot: int) -> None:
        """Count elsewhere from now on, with a new lock: the old one may be held by a thread that was not forked."""
        self._lock = threading.Lock()
        super().move(values, slot)

    def observe(self, amount: float) -> None:
        """Count one ``amount`` >= 0."""
        with self._lock:
            super().observe(amount)
