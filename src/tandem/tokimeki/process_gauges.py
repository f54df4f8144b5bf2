"""What a worker holds, as metrics: pool, usage records, budgets, tasks."""

from tandem.core.database import pool_gauges
from tandem.core.database.pool import Database
from tandem.core.observability.metrics import Metrics
from tandem.usage.budgets import Budgets
from tandem.usage.recorder import UsageRecorder


def declare(registry: Metrics, database: Database, recorder: UsageRecorder, budgets: Budgets) -> None:
    """Declare gauges and counters that are sampled from the statistics of each part."""
    pool_gauges.declare(registry, database)
    counter = registry.counter_callback
    counter("tandem_usage_recorded_total", "Usage records taken", lambda: recorder.statistics().put)
    counter(
        "tandem_usage_stored_total",
        "Usage records stored in PostgreSQL",
        lambda: recorder.statistics().stored,
    )
    counter("tandem_usage_lost_total", "Usage records lost; must stay 0", lambda: recorder.statistics().lost)
    registry.gauge_callback(
        "tandem_budget_settlements_waiting",
        "Settlements that wait for PostgreSQL",
        lambda: float(budgets.waiting),
    )
