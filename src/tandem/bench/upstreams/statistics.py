"""What an upstream has seen, so that a test can prove that something reached it."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final

MOST_MODELS: Final = 1_000


@dataclass(slots=True)
class Statistics:
    """Counters of one server; begun = finished + cancelled + faulted + active."""

    connections: int = 0
    """Connections accepted."""
    connections_open: int = 0
    """Connections open now."""
    most_connections: int = 0
    """The most that were open at once."""
    begun: int = 0
    """Calls for an answer."""
    finished: int = 0
    """Answers sent to their end."""
    cancelled: int = 0
    """Answers whose client left before the end."""
    faulted: int = 0
    """Answers broken on purpose."""
    active: int = 0
    """Answers being sent now."""
    most_active: int = 0
    """The most that were sent at once."""
    tokens: int = 0
    """Tokens sent."""
    cancelled_at: float | None = None
    """When a client left last, on the loop's clock."""
    models: Counter[str] = field(default_factory=Counter)
    """Calls by model name; others are counted as ``*``."""

    def connected(self) -> None:
        """A client came."""
        self.connections += 1
        self.connections_open += 1
        self.most_connections = max(self.most_connections, self.connections_open)

    def begin(self, model: str) -> int:
        """A call began; returns how many there were for this model."""
        self.begun += 1
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        name = model if model in self.models or len(self.models) < MOST_MODELS else "*"
        self.models[name] += 1
        return self.models[name]

    def wire(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return asdict(self) | {"models": dict(self.models)}
