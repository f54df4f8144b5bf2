"""What a worker holds, as metrics: pool, listener, snapshots."""

from tandem.core import cache_gauges
from tandem.core.database import pool_gauges
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.middleware.response_cache import ResponseCache
from tandem.core.observability.metrics import Metrics
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.services.snapshot_store import SnapshotStore


def declare(registry: Metrics, database: Database, listener: ChangeListener, store: SnapshotStore) -> None:
    """Declare gauges and counters that are sampled from the statistics of each part."""
    pool_gauges.declare(registry, database)
    gauge, counter = registry.gauge_callback, registry.counter_callback
    gauge("tandem_changes_listening", "Workers that hear of changes", lambda: float(listener.connected))
    counter(
        "tandem_changes_lost_total", "Times that changes were not heard", lambda: listener.statistics().losses
    )
    gauge("tandem_snapshots", "Users whose snapshot is held", lambda: store.statistics().users)
    gauge("tandem_snapshot_bytes", "Size of those snapshots", lambda: store.statistics().bytes)
    counter("tandem_snapshot_builds_total", "Snapshots loaded", lambda: store.statistics().builds)
    counter(
        "tandem_snapshot_updates_total", "Snapshots updated by events", lambda: store.statistics().updates
    )
    counter(
        "tandem_snapshot_stale_reads_total",
        "Answers from a stale snapshot",
        lambda: store.statistics().stale_reads,
    )


def declare_cache(registry: Metrics, metrics: PomodoroMetrics, responses: ResponseCache) -> None:
    """Have the contract's hits and misses, and what the cache holds, sampled from its own counts."""
    hits, misses = metrics.cache_hits.labels("response"), metrics.cache_misses.labels("response")
    registry.add_sampler(lambda: hits.set_total(responses.hits))
    registry.add_sampler(lambda: misses.set_total(responses.misses))
    cache_gauges.declare(registry, responses)
