"""What a run of load saw."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tandem.bench.measure.figures import quantile


@dataclass(slots=True)
class Result:
    """Latencies in seconds, of good answers; errors as texts."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    routes: dict[str, list[float]] = field(default_factory=dict)
    """Latencies by the route's name."""
    states: Counter[str] = field(default_factory=Counter)
    """How often each X-Cache was seen."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def asked(self) -> int:
        """All requests."""
        return len(self.latencies) + len(self.errors)

    def ms(self, share: float) -> float:
        """Return the latency in milliseconds that ``share`` of the good answers did not exceed."""
        return 1e3 * quantile(self.latencies, share)

    def of(self, routes: Iterable[str]) -> list[float]:
        """Return the latencies of ``routes`` in seconds."""
        return [one for route in routes for one in self.routes.get(route, ())]
