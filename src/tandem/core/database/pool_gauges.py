"""The pool as metrics."""

from tandem.core.database.pool import Database
from tandem.core.observability.metrics import Metrics


def declare(registry: Metrics, database: Database) -> None:
    """Declare gauges that are sampled from the pool's statistics."""
    gauge = registry.gauge_callback
    gauge("tandem_database_connections", "Open connections", lambda: database.statistics().size)
    gauge("tandem_database_connections_in_use", "Lent connections", lambda: database.statistics().in_use)
    gauge(
        "tandem_database_waiting", "Requests waiting for a connection", lambda: database.statistics().waiting
    )
    registry.counter_callback(
        "tandem_database_exhausted_total", "Requests that no connection became free for",
        lambda: database.statistics().exhausted,
    )  # fmt: skip
