"""How requests are counted, under the names that the old services' dashboards and alerts read."""

from typing import Final

from tandem import __version__
from tandem.core.observability.cells import CounterCell, HistogramCell, observe_and_count
from tandem.core.observability.metrics import DEFAULT_BUCKETS, Counter, Histogram, Metrics
from tandem.core.observability.tally import OTHER

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, *DEFAULT_BUCKETS)
"""Seconds; the old services' bounds, and finer ones below them, where kept answers lie."""

_REMEMBERED: Final = 2_000
"""Resolved combinations of method, template and status; more are looked up again each time."""


class HttpMetrics:
    """Counts finished requests; one call each, on the event loop's thread."""

    def __init__(
        self, durations: Histogram, total: Counter, exceptions: Counter, uncounted: frozenset[str]
    ) -> None:
        """Count into declared metrics, see :meth:`declare`."""
        self._durations = durations
        self._total = total
        self._exceptions = exceptions
        self._uncounted = uncounted
        self._cells: dict[tuple[str, str, int], tuple[HistogramCell, CounterCell]] = {}

    @classmethod
    def declare(cls, registry: Metrics, *, uncounted: frozenset[str] = frozenset()) -> "HttpMetrics":
        """Declare the metrics in ``registry``; requests to templates in ``uncounted`` are left out."""
        registry.info(
            "flask_exporter_info", "Version of what exports these metrics", {"version": __version__}
        )
        return cls(
            registry.histogram(
                "flask_http_request_duration_seconds",
                "HTTP request duration in seconds",
                ("method", "path", "status"),
                buckets=BUCKETS,
            ),
            registry.counter("flask_http_request_total", "HTTP requests", ("method", "status")),
            registry.counter(
                "flask_http_request_exceptions_total",
                "HTTP requests that ended in an exception",
                ("method", "status"),
            ),
            uncounted,
        )

    def observe(self, method: str, template: str, status: int, seconds: float) -> None:
        """Count one request to a route's ``template`` (never a raw path) that took ``seconds``."""
        cells = self._cells.get((method, template, status))
        if cells is None:
            if template in self._uncounted:
                return
            cells = self._resolve(method, template, status)
        observe_and_count(cells[0], cells[1], seconds)

    def exception(self, method: str, status: int = 500) -> None:
        """Count one request that an exception ended which nobody had foreseen."""
        self._exceptions.labels(_known(method), str(status)).inc()

    def _resolve(self, method: str, template: str, status: int) -> tuple[HistogramCell, CounterCell]:
        known, code = _known(method), str(status)
        cells = self._durations.labels(known, template, code), self._total.labels(known, code)
        if len(self._cells) < _REMEMBERED:
            self._cells[method, template, status] = cells
        return cells


def _known(method: str) -> str:
    """Return ``method``, or ``other`` for what clients invent."""
    return method if method in _METHODS else OTHER
