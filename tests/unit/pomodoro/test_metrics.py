"""The service's metrics carry the names, labels and buckets of the contract."""

from prometheus_client.parser import text_string_to_metric_families

from tandem.core.observability.metrics import Metrics
from tandem.pomodoro.metrics import PomodoroMetrics

LABELS = {
    "ml_prediction_requests_total": ("prediction_requests", "inc", ("prediction_type",)),
    "ml_prediction_errors_total": ("prediction_errors", "inc", ("prediction_type", "error_type")),
    "ml_prediction_duration_seconds_count": ("prediction_duration", "observe", ("prediction_type",)),
    "ml_sessions_analyzed_count": ("sessions_analyzed", "set", ()),
    "ml_ai_requests_total": ("ai_requests", "inc", ("provider", "endpoint")),
    "ml_ai_errors_total": ("ai_errors", "inc", ("provider", "endpoint", "error_type")),
    "ml_ai_request_duration_seconds_count": ("ai_duration", "observe", ("provider", "endpoint")),
    "ml_ai_tokens_input_total": ("ai_tokens_input", "inc", ("provider", "model", "endpoint")),
    "ml_ai_tokens_output_total": ("ai_tokens_output", "inc", ("provider", "model", "endpoint")),
    "ml_ai_cost_usd_total": ("ai_cost", "inc", ("provider", "model")),
    "ml_cache_hits_total": ("cache_hits", "inc", ("cache_type",)),
    "ml_cache_misses_total": ("cache_misses", "inc", ("cache_type",)),
}


def test_names_and_labels_are_the_contracts():
    """Every metric that dashboards read exists with exactly its labels."""
    metrics = Metrics()
    declared = PomodoroMetrics.declare(metrics, model="qwen2.5:0.5b")
    for attribute, action, labels in LABELS.values():
        getattr(getattr(declared, attribute).labels(*(f"some {label}" for label in labels)), action)(1.0)
    for name, (_, _, labels) in LABELS.items():
        assert metrics.value(name, **{label: f"some {label}" for label in labels}) == 1.0, name
    info = {"version": "1.0", "service": "pomodoro-ml", "ollama_model": "qwen2.5:0.5b"}
    assert metrics.value("pomodoro_ml_info", **info) == 1.0


def test_buckets_are_the_contracts():
    """Alerts on quantiles need the same ends of buckets."""
    metrics = Metrics()
    declared = PomodoroMetrics.declare(metrics, model="m")
    declared.prediction_duration.labels("today").observe(0.2)
    declared.ai_duration.labels("cloud", "insight").observe(3)
    ends = {
        family.name: [sample.labels["le"] for sample in family.samples if "le" in sample.labels]
        for family in text_string_to_metric_families(metrics.render().decode())
        if family.type == "histogram"
    }
    assert ends == {
        "ml_prediction_duration_seconds": [
            "0.01",
            "0.05",
            "0.1",
            "0.25",
            "0.5",
            "1.0",
            "2.5",
            "5.0",
            "10.0",
            "+Inf",
        ],
        "ml_ai_request_duration_seconds": ["1.0", "5.0", "10.0", "30.0", "60.0", "120.0", "180.0", "+Inf"],
    }
