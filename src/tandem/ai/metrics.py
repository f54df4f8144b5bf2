"""What is counted about model calls. Label values are providers, their models and kinds of outcome, never a user."""

from dataclasses import dataclass
from typing import Final

from tandem.core.observability.metrics import Counter, Gauge, Histogram, Metrics

FIRST_TOKEN_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
CALL_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
OVERHEAD_BUCKETS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1.0, 10.0)


@dataclass(frozen=True, slots=True)
class AIMetrics:
    """Declared once per process, in ``registry``."""

    registry: Metrics
    requests: Counter
    """Attempts, by provider, model, outcome (as in the usage records)."""
    errors: Counter
    """Attempts that failed, by provider, kind: the outcomes but ok and cached."""
    tokens: Counter
    """By provider, model, direction (prompt, completion)."""
    cost: Counter
    """Known cost in US dollars, by provider, model."""
    unpriced: Counter
    """Attempts whose cost nobody can tell, by provider, model."""
    first_token: Histogram
    """Seconds from the begin of an attempt to its first piece, by provider."""
    duration: Histogram
    """Seconds of an attempt, by provider."""
    overhead: Histogram
    """Seconds from the begin of a call to its first piece, less the time spent waiting for providers."""
    retries: Counter
    """By provider."""
    retries_refused: Counter
    """Retries that the process-wide budget did not allow, by provider."""
    fallbacks: Counter
    """Answers by another provider than was asked, by provider asked, provider that answered."""
    lost_records: Counter
    """Records that the sink refused; must stay 0."""
    unsettled: Counter
    """Reservations whose settlement failed and is left to the sweeper."""
    breaker: Gauge
    """By provider: 0 closed, 0.5 half open, 1 open."""
    under_way: Gauge
    """Answers being given, by provider."""
    waiting: Gauge
    """Callers in a provider's queue, by provider."""

    @classmethod
    def declare(cls, registry: Metrics) -> "AIMetrics":
        """Declare all of them."""
        counter, histogram = registry.counter, registry.histogram
        provider, model = ("provider",), ("provider", "model")
        return cls(
            registry=registry,
            requests=counter("tandem_ai_requests_total", "Attempts to have a model answer", (*model, "outcome")),
            errors=counter("tandem_ai_errors_total", "Attempts that failed", (*provider, "kind")),
            tokens=counter("tandem_ai_tokens_total", "Tokens read and written", (*model, "direction")),
            cost=counter("tandem_ai_cost_usd_total", "Known cost in US dollars", model),
            unpriced=counter("tandem_ai_unpriced_total", "Attempts of unknown cost", model),
            first_token=histogram(
                "tandem_ai_first_token_seconds", "Time to the first piece", provider, buckets=FIRST_TOKEN_BUCKETS
            ),
            duration=histogram(
                "tandem_ai_request_seconds", "Duration of an attempt", provider, buckets=CALL_BUCKETS
            ),
            overhead=histogram(
                "tandem_ai_overhead_seconds", "Time to the first piece, providers' own time left out",
                buckets=OVERHEAD_BUCKETS,
            ),
            retries=counter("tandem_ai_retries_total", "Attempts that were repeated", provider),
            retries_refused=counter(
                "tandem_ai_retries_refused_total", "Retries refused by the process-wide budget", provider
            ),
            fallbacks=counter(
                "tandem_ai_fallbacks_total", "Answers by another provider than was asked", ("asked", "provider")
            ),
            lost_records=counter("tandem_ai_lost_records_total", "Usage records that could not be put down"),
            unsettled=counter("tandem_ai_unsettled_total", "Budget reservations left to the sweeper"),
            breaker=registry.gauge(
                "tandem_ai_breaker_state", "0 closed, 0.5 half open, 1 open", provider, merge="max"
            ),
            under_way=registry.gauge("tandem_ai_answers_under_way", "Answers being given", provider),
            waiting=registry.gauge("tandem_ai_callers_waiting", "Callers in a provider's queue", provider),
        )  # fmt: skip
