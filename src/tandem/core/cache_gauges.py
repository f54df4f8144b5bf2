"""What a worker's cache of answers holds and has done, as metrics."""

from tandem.core.middleware.response_cache import ResponseCache
from tandem.core.observability.metrics import Metrics


def declare(registry: Metrics, responses: ResponseCache) -> None:
    """Declare gauges and counters that are sampled from the open cache's own counts."""
    if (backing := responses.backing) is None:
        return
    cache, gauge, counter = backing.cache, registry.gauge_callback, registry.counter_callback
    gauge("tandem_cache_entries", "Answers kept in memory", lambda: cache.memory.statistics().entries)
    gauge("tandem_cache_bytes", "Their size", lambda: cache.memory.statistics().bytes)
    counter("tandem_cache_hits_total", "Answers found among those kept", lambda: responses.hits)
    counter("tandem_cache_misses_total", "Answers not found there", lambda: responses.misses)
    counter(
        "tandem_cache_stale_total", "Kept answers given for want of a current one", lambda: responses.stale
    )
    counter(
        "tandem_cache_redis_errors_total", "Calls to Redis that failed or took too long",
        lambda: 0 if cache.shared is None else cache.shared.statistics().errors,
    )  # fmt: skip
    gauge(
        "tandem_cache_redis_up", "Workers that share answers by Redis",
        lambda: float(cache.shared is not None and cache.shared.statistics().available),
    )  # fmt: skip
