"""Declared metrics: they find the cell of a label set and keep the number of label sets bounded."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from tandem.core.observability.allocation import Allocator
from tandem.core.observability.cells import (
    Cell,
    CounterCell,
    GaugeCell,
    HistogramCell,
    SharedCounterCell,
    SharedHistogramCell,
)
from tandem.core.observability.tally import OTHER, Declaration, Labels

_LONGEST_LABEL = 200

C = TypeVar("C", bound=Cell)
Make = Callable[["memoryview[float]", int], C]


class Cells(Generic[C]):
    """The cells of one metric by label set. Finding one is safe from any thread."""

    def __init__(self, declaration: Declaration, allocator: Allocator, make: Make[C]) -> None:
        """Let ``make`` build the cells on slots from ``allocator``."""
        self._declaration = declaration
        self._allocator = allocator
        self._make = make
        self._cells: dict[Labels, C] = {}
        self._lock = threading.Lock()

    def find(self, *values: str) -> C:
        """Return the cell of these label values; resolve once and keep it where it is used often.

        Raises ValueError when there are more or fewer values than labels. A label set beyond the metric's
        limit is answered with the cell ``other``.
        """
        cell = self._cells.get(values)
        return cell if cell is not None else self._resolve(values)

    def _resolve(self, values: Labels) -> C:
        if len(values) != len(self._declaration.labels):
            raise ValueError(
                f"{self._declaration.name} has the labels {self._declaration.labels}, not {values}"
            )
        labels = tuple(str(value)[:_LONGEST_LABEL] for value in values)
        with self._lock:
            if labels not in self._cells and len(self._cells) >= self._declaration.limit:
                self._allocator.count_folded()
                labels = (OTHER,) * len(labels)
            cell = self._cells.get(labels)
            if cell is None:
                cell = self._cells[labels] = self._make(*self._allocator.allocate(self._declaration, labels))
            return cell

    def move(self) -> None:
        """Allocate all cells anew, from zero; only the one thread of a forked child may do this."""
        self._lock = threading.Lock()
        for labels, cell in self._cells.items():
            cell.move(*self._allocator.allocate(self._declaration, labels))


class Instrument:
    """A metric as it was declared."""

    def __init__(self, declaration: Declaration, allocator: Allocator) -> None:
        """Publish the metric; one without labels is served as 0 from the start."""
        self.declaration = declaration
        self._allocator = allocator
        allocator.announce(declaration)

    def reopen(self) -> None:
        """Publish the metric and its series again, in the allocator's new area."""
        self._allocator.announce(self.declaration)
        for cells in vars(self).values():
            if isinstance(cells, Cells):
                cells.move()


class Counter(Instrument):
    """Something that is counted up."""

    def __init__(self, declaration: Declaration, allocator: Allocator) -> None:
        """Publish the metric."""
        super().__init__(declaration, allocator)
        own = self._own = Cells(declaration, allocator, CounterCell)
        shared = self._shared = Cells(declaration, allocator, SharedCounterCell)
        self.labels: Callable[..., CounterCell] = own.find
        """Return the event loop's cell for these label values."""
        self.for_threads: Callable[..., SharedCounterCell] = shared.find
        """Return a cell that any thread may use."""
        if not declaration.labels:
            own.find()


class Histogram(Instrument):
    """Something whose sizes are counted by bucket."""

    def __init__(self, declaration: Declaration, allocator: Allocator) -> None:
        """Publish the metric."""
        super().__init__(declaration, allocator)
        bounds = declaration.bounds
        own = self._own = Cells(
            declaration, allocator, lambda values, slot: HistogramCell(values, slot, bounds)
        )
        shared = self._shared = Cells(
            declaration, allocator, lambda values, slot: SharedHistogramCell(values, slot, bounds)
        )
        self.labels: Callable[..., HistogramCell] = own.find
        """Return the event loop's cell for these label values."""
        self.for_threads: Callable[..., SharedHistogramCell] = shared.find
        """Return a cell that any thread may use."""
        if not declaration.labels:
            own.find()


class Gauge(Instrument):
    """A state: the living workers' values become one by the metric's way of merging."""

    def __init__(self, declaration: Declaration, allocator: Allocator, now: Callable[[], float]) -> None:
        """Publish the metric; ``now`` dates values of gauges that are merged by ``latest``."""
        super().__init__(declaration, allocator)
        dated = now if declaration.merge == "latest" else None
        own = self._own = Cells(declaration, allocator, lambda values, slot: GaugeCell(values, slot, dated))
        self.labels: Callable[..., GaugeCell] = own.find
        """Return this worker's cell for these label values."""
        if not declaration.labels:
            own.find()
