"""What is counted about price sources. Label values are sources and kinds of outcome, never a symbol."""

from collections.abc import Awaitable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from tandem.core.observability.metrics import Counter, Histogram, Metrics
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QuoteMetrics:
    """Declared once per process."""

    calls: Counter
    """Calls to a source, by source, outcome (ok, unknown, or the code of the error)."""
    seconds: Histogram
    """Seconds of a call, waiting for its turn included, by source."""
    stale: Counter
    """Answers that had to be old ones, by source."""

    @classmethod
    def declare(cls, registry: Metrics) -> "QuoteMetrics":
        """Declare all of them in ``registry``."""
        return cls(
            calls=registry.counter(
                "tandem_quotes_calls_total", "Calls to price sources", ("source", "outcome")
            ),
            seconds=registry.histogram(
                "tandem_quotes_call_seconds", "Duration of a call to a price source", ("source",)
            ),
            stale=registry.counter("tandem_quotes_stale_total", "Old prices given in need", ("source",)),
        )

    async def counted(self, source: str, call: Awaitable[T]) -> T:
        """Return what ``call`` gives, and count it."""
        begin, outcome = perf_counter(), "failed"
        try:
            value = await call
            outcome = "ok"
        except UnknownSymbolError:
            outcome = "unknown"
            raise
        except QuotesUnavailableError as error:
            outcome = error.code
            raise
        finally:
            self.calls.labels(source, outcome).inc()
            self.seconds.labels(source).observe(perf_counter() - begin)
        return value
