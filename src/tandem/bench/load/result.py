"""What a run of load saw."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tandem.bench.measure.figures import quantile


@dataclass(slots=True)
class Result:
    """Latencies in seconds, of good answers; errors as texts."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    late: int = 0
    """Good answers that came after the end of a closed loop."""
    errors: list[str] = field(default_factory=list)
    routes: dict[str, list[float]] = field(default_factory=dict)
    """Latencies by the route's name."""
    moments: dict[str, list[float]] = field(default_factory=dict)
    """When each of :attr:`routes` was due, in seconds from the start."""
    states: Counter[str] = field(default_factory=Counter)
    """How often each X-Cache was seen."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def answered(self) -> int:
        """All good answers: what CPU was spent on."""
        return len(self.latencies) + self.late

    @property
    def asked(self) -> int:
        """All requests."""
        return len(self.latencies) + len(self.errors)

    def ms(self, share: float) -> float:
        """Return the latency in milliseconds that ``share`` of the good answers did not exceed."""
        return 1e3 * quantile(self.latencies, share)

    def of(self, routes: Iterable[str], begin: float = 0.0, end: float = math.inf) -> list[float]:
        """Return the latencies in seconds of ``routes`` that were due between ``begin`` and ``end``."""
        return [
            took
            for route in routes
            for took, due in zip(self.routes.get(route, ()), self.moments.get(route, ()), strict=True)
            if begin <= due < end
        ]
