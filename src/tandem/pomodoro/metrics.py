"""The metrics of the Pomodoro ML service, under the names of its contract, which dashboards and alerts read."""

from dataclasses import dataclass
from typing import Final

from tandem.core.observability.metrics import Counter, Gauge, Histogram, Metrics

VERSION: Final = "1.0"
"""Of the contract, as ``pomodoro_ml_info`` tells it."""
PREDICTION_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
AI_BUCKETS: Final = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 180.0)


@dataclass(frozen=True, slots=True)
class PomodoroMetrics:
    """Label values are of small sets (kinds of prediction, providers, models, endpoints), never a user's."""

    prediction_requests: Counter
    """By prediction_type."""
    prediction_errors: Counter
    """By prediction_type, error_type; an alert watches its rate."""
    prediction_duration: Histogram
    """Seconds, by prediction_type."""
    sessions_analyzed: Gauge
    """Sessions in the last analysis of any worker."""
    ai_requests: Counter
    """By provider, endpoint."""
    ai_errors: Counter
    """By provider, endpoint, error_type (timeout, connection_error, status_N or a class name)."""
    ai_duration: Histogram
    """Seconds, by provider, endpoint."""
    ai_tokens_input: Counter
    """By provider, model, endpoint."""
    ai_tokens_output: Counter
    """By provider, model, endpoint."""
    ai_cost: Counter
    """US dollars, by provider, model; a call of unknown cost adds nothing."""
    cache_hits: Counter
    """By cache_type."""
    cache_misses: Counter
    """By cache_type."""

    @classmethod
    def declare(cls, registry: Metrics, *, model: str) -> "PomodoroMetrics":
        """Declare all of them; ``model`` is the configured Ollama model, told by ``pomodoro_ml_info``."""
        registry.info(
            "pomodoro_ml_info", "Pomodoro ML service",
            {"version": VERSION, "service": "pomodoro-ml", "ollama_model": model},
        )  # fmt: skip
        counter, histogram = registry.counter, registry.histogram
        prediction, call = ("prediction_type",), ("provider", "endpoint")
        return cls(
            prediction_requests=counter("ml_prediction_requests_total", "Predictions asked for", prediction),
            prediction_errors=counter(
                "ml_prediction_errors_total", "Predictions that failed", (*prediction, "error_type")
            ),
            prediction_duration=histogram(
                "ml_prediction_duration_seconds",
                "Duration of a prediction",
                prediction,
                buckets=PREDICTION_BUCKETS,
            ),
            sessions_analyzed=registry.gauge(
                "ml_sessions_analyzed_count", "Sessions in the last analysis", merge="latest"
            ),
            ai_requests=counter("ml_ai_requests_total", "Calls of language models", call),
            ai_errors=counter(
                "ml_ai_errors_total", "Calls of language models that failed", (*call, "error_type")
            ),
            ai_duration=histogram(
                "ml_ai_request_duration_seconds",
                "Duration of a language model call",
                call,
                buckets=AI_BUCKETS,
            ),
            ai_tokens_input=counter(
                "ml_ai_tokens_input_total", "Tokens read", ("provider", "model", "endpoint")
            ),
            ai_tokens_output=counter(
                "ml_ai_tokens_output_total", "Tokens written", ("provider", "model", "endpoint")
            ),
            ai_cost=counter("ml_ai_cost_usd_total", "Known cost in US dollars", ("provider", "model")),
            cache_hits=counter("ml_cache_hits_total", "Answers found in a cache", ("cache_type",)),
            cache_misses=counter("ml_cache_misses_total", "Answers not found in a cache", ("cache_type",)),
        )
