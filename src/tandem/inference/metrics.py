"""What is counted about models of this machine."""

from collections.abc import Sequence
from typing import Final

from tandem.core.observability.metrics import Metrics
from tandem.inference.batching import Observer

WAITS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


class ModelMetrics(Observer):
    """Counts one model's batches."""

    def __init__(self, registry: Metrics, model: str) -> None:
        """Declare in ``registry``; ``model`` is the label."""
        self._sizes = registry.histogram(
            "tandem_model_batch_size", "Items of one batch", ("model",), buckets=SIZES
        ).labels(model)  # fmt: skip
        self._seconds = registry.histogram(
            "tandem_model_batch_seconds",
            "Seconds that a model worked on one batch",
            ("model",),
            buckets=WAITS,
        ).labels(model)
        self._waits = registry.histogram(
            "tandem_model_queue_seconds",
            "Seconds that an item waited for its batch",
            ("model",),
            buckets=WAITS,
        ).labels(model)

    def batch(self, size: int, seconds: float, waits: Sequence[float]) -> None:
        """Count one batch."""
        self._sizes.observe(size)
        self._seconds.observe(seconds)
        for wait in waits:
            self._waits.observe(wait)
