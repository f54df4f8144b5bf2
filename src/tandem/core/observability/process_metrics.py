"""What the service's processes use and lose: the ``process_*`` names and lost log lines, over all workers.

Each worker samples itself, so that the CPU seconds of a worker that died stay in the total; reading them from
``/proc`` at scrape would let the counter fall, which Prometheus takes for a restart and shows as a leap.
"""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client.process_collector import ProcessCollector

from tandem.core.observability.logger import dropped_lines
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.tally import Merge

_GAUGES: Final[dict[str, tuple[str, Merge]]] = {
    "process_virtual_memory_bytes": ("Virtual memory of all workers, bytes", "sum"),
    "process_resident_memory_bytes": (
        "Resident memory of all workers (shared pages count in each), bytes",
        "sum",
    ),
    "process_open_fds": ("Open file descriptors of all workers", "sum"),
    "process_max_fds": ("Open file descriptors that the tightest worker may have", "min"),
    "process_start_time_seconds": ("When the oldest living worker started, Unix time", "min"),
}


def declare(registry: Metrics) -> None:
    """Declare the process metrics and have them sampled. Without ``/proc`` only the CPU seconds are known."""
    registry.counter_callback(
        "process_cpu_seconds_total", "CPU seconds used by all workers", time.process_time
    )
    registry.counter_callback(
        "tandem_log_lines_dropped_total", "Log lines lost because the output was too slow", dropped_lines
    )
    cells = {
        name: registry.gauge(name, text, merge=merge).labels() for name, (text, merge) in _GAUGES.items()
    }
    setters: dict[str, Callable[[float], None]] = {name: cell.set for name, cell in cells.items()}
    collector = ProcessCollector(registry=None)

    def sample() -> None:
        for family in collector.collect():
            for found in family.samples:
                if found.name in setters:
                    setters[found.name](found.value)

    registry.add_sampler(sample)
