"""Count in process, merge at scrape: metrics that are right with several workers and cost a store or two.

Each worker counts in memory of its own (:mod:`~tandem.core.observability.shared_values`); whichever worker is
asked for ``/metrics`` reads its siblings' memory and answers for all of them, dead ones included. Without a
directory there are no siblings, and the memory is private.

Fail modes: a full area counts further series nowhere but in ``tandem_metrics_dropped_series_total``; an
unusable directory (a full disk) at start leaves this worker with private memory and a warning; siblings that
cannot be read later make the scrape fail, because a gap does no harm while a partial sum looks like a restart
and then like a leap. Counting never raises and never waits.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from prometheus_client.parser import text_string_to_metric_families

from tandem.core.observability import exposition, siblings
from tandem.core.observability.allocation import WIDEST, Allocator
from tandem.core.observability.exposition import CONTENT_TYPE
from tandem.core.observability.forking import call_in_child
from tandem.core.observability.instruments import Counter, Gauge, Histogram, Instrument
from tandem.core.observability.shared_values import Area, AreaFile
from tandem.core.observability.tally import SERIES_LIMIT, Declaration, Merge, Tally, tally_of

__all__ = ["CONTENT_TYPE", "DEFAULT_BUCKETS", "Counter", "Gauge", "Histogram", "Metrics"]

DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds; what prometheus_client uses, and so the old services' dashboards."""

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*").fullmatch

log = logging.getLogger(__name__)
I = TypeVar("I", bound=Instrument)  # noqa: E741 - one letter, as type variables are


class Metrics:
    """All metrics of one process. Declare at start, from one thread; count as the cells allow."""

    def __init__(
        self,
        directory: Path | None = None,
        worker: str = "main",
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Count in a file of ``directory`` (made if absent), or privately without one.

        ``worker`` names this process in the file's name. ``now`` dates gauges merged by ``latest`` and must
        run alike in all workers, as a machine's monotonic clock does.
        """
        self._directory = directory
        self._worker = worker
        self._now = now
        self._instruments: dict[str, Instrument] = {}
        self._samplers: list[Callable[[], None]] = []
        self._area = self._open()
        self._allocator = Allocator(self._area, worker)
        call_in_child(self._reopen)

    def counter(
        self, name: str, text: str, labels: Iterable[str] = (), *, limit: int = SERIES_LIMIT
    ) -> Counter:
        """Declare a counter; ``name`` ends in ``_total``. The same declaration again returns the same counter."""
        if not name.endswith("_total"):
            raise ValueError(f"a counter's name ends in _total: {name}")
        declaration = Declaration(name, text, "counter", tuple(labels), limit=limit)
        return self._declared(declaration, lambda: Counter(declaration, self._allocator))

    def gauge(
        self,
        name: str,
        text: str,
        labels: Iterable[str] = (),
        *,
        merge: Merge = "sum",
        limit: int = SERIES_LIMIT,
    ) -> Gauge:
        """Declare a gauge; ``merge`` says how the living workers' values become one."""
        declaration = Declaration(name, text, "gauge", tuple(labels), merge=merge, limit=limit)
        return self._declared(declaration, lambda: Gauge(declaration, self._allocator, self._now))

    def histogram(
        self, name: str, text: str, labels: Iterable[str] = (), *,
        buckets: Iterable[float] = DEFAULT_BUCKETS, limit: int = SERIES_LIMIT,
    ) -> Histogram:  # fmt: skip
        """Declare a histogram; ``buckets`` are rising upper ends without +Inf, at most 62."""
        bounds = tuple(map(float, buckets))
        if sorted(set(bounds)) != list(bounds) or not 0 < len(bounds) <= WIDEST - 2:
            raise ValueError(f"{name}: buckets are 1 to {WIDEST - 2} rising numbers, not {bounds}")
        declaration = Declaration(name, text, "histogram", tuple(labels), bounds, limit=limit)
        return self._declared(declaration, lambda: Histogram(declaration, self._allocator))

    def info(self, name: str, text: str, values: dict[str, str]) -> None:
        """Declare a gauge that is always 1 and tells ``values`` in its labels."""
        self.gauge(name, text, values, merge="max").labels(*values.values()).set(1.0)

    def gauge_callback(self, name: str, text: str, fn: Callable[[], float], *, merge: Merge = "sum") -> None:
        """Declare a gauge without labels whose value is ``fn()``, asked at each :meth:`sample`."""
        cell = self.gauge(name, text, merge=merge).labels()
        self.add_sampler(lambda: cell.set(fn()))

    def counter_callback(self, name: str, text: str, fn: Callable[[], float]) -> None:
        """Declare a counter without labels that ``fn()`` tells the total of, asked at each :meth:`sample`."""
        cell = self.counter(name, text).labels()
        self.add_sampler(lambda: cell.set_total(fn()))

    def add_sampler(self, sampler: Callable[[], None]) -> None:
        """Have ``sampler`` set cells at each :meth:`sample`, in whichever thread that runs, perhaps in two at once.

        Setting is a single store, so that does no harm to cells. Its errors are logged and go no further.
        """
        self._samplers.append(sampler)

    def sample(self) -> None:
        """Bring sampled values up to date. Workers do so every few seconds, for the sake of their siblings."""
        for sampler in self._samplers:
            try:
                sampler()
            except Exception:
                log.exception("a metric could not be sampled")

    def merged(self) -> Tally:
        """Return the sums over all workers as of now; takes milliseconds and may run in any thread.

        Raises OSError when the siblings' files cannot be read.
        """
        self.sample()
        content = self._area.content()
        total = tally_of(content.values, content.records)
        if isinstance(self._area, AreaFile):
            total.update(siblings.merged(self._area.path.parent, without=self._area.path.name))
        return total

    def merged_and_each(self) -> tuple[Tally, dict[str, Tally]]:
        """Return :meth:`merged`, and the living workers' own counts by ``worker-pid``; may run in any thread."""
        self.sample()
        content = self._area.content()
        own = tally_of(content.values, content.records)
        each = {f"{self._worker}-{os.getpid()}": own}
        total = Tally()
        total.update(own)
        if isinstance(self._area, AreaFile):
            found = siblings.others(self._area.path.parent, without=self._area.path.name)
            total.update(found.sums)
            each |= found.living
        return total, each

    def render(self) -> bytes:
        """Return all workers' metrics as :data:`CONTENT_TYPE`; better called in a thread than on the loop."""
        return exposition.render(self.merged())

    def value(self, name: str, **labels: str) -> float:
        """Return one sample of all workers (``x_total``, ``x_bucket``, ...), 0.0 if there is none. For tests."""
        for family in text_string_to_metric_families(self.render().decode()):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return 0.0

    def close(self) -> None:
        """Stop being a living worker; the counts remain for the others to tell."""
        self._area.close()

    def _declared(self, declaration: Declaration, make: Callable[[], I]) -> I:
        for name in (declaration.name, *declaration.labels):
            if not _NAME(name):
                raise ValueError(f"{name!r} is no name for a metric or label")
        known = self._instruments.get(declaration.name)
        if known is None:
            made = self._instruments[declaration.name] = make()
            return made
        if known.declaration != declaration:
            raise ValueError(f"{declaration.name} is declared already, and differently")
        return known  # type: ignore[return-value]  # equal declarations have equal kinds

    def _open(self) -> Area:
        if self._directory is None:
            return Area.anonymous()
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A worker that dies at start over and over must not fill the disk while nobody scrapes.
            siblings.fold_if_many(self._directory)
            unique = f"{self._worker}-{os.getpid()}-{os.urandom(6).hex()}"
            return AreaFile(self._directory, unique)
        except OSError:
            log.warning(
                "metrics cannot be shared in %s and are this worker's own", self._directory, exc_info=True
            )
            return Area.anonymous()

    def _reopen(self) -> None:
        """Begin anew in a forked child: the slots so far are its parent's."""
        self._area.abandon()
        self._area = self._open()
        self._allocator.open(self._area, self._worker)
        for instrument in self._instruments.values():
            instrument.reopen()
