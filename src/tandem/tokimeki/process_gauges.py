"""What a worker holds, as metrics: pool, usage records, budgets, the speech model."""

from tandem.core.database import pool_gauges
from tandem.core.database.pool import Database
from tandem.core.observability.metrics import Metrics
from tandem.inference.transcription import Transcriber
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


def declare_speech(registry: Metrics, transcriber: Transcriber) -> None:
    """Declare what the speech model's process has to do."""
    look = transcriber.runner.statistics
    registry.gauge_callback(
        "tandem_speech_waiting", "Pieces that wait for the speech model", lambda: float(look().waiting)
    )
    registry.counter_callback(
        "tandem_speech_calls_total", "Calls that the speech model answered", lambda: look().calls
    )
    registry.counter_callback(
        "tandem_speech_deaths_total",
        "Processes of the speech model that ended by themselves",
        lambda: look().deaths,
    )
