"""What the pool and the listener tell about themselves; metrics and tests read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """One look at the pool."""

    max_size: int
    """Connections that may be open at once."""
    size: int
    """Connections open now."""
    in_use: int
    """Open connections lent to a caller now."""
    waiting: int
    """Callers waiting now for a connection to become free or to be made."""
    acquired: int
    """Connections lent since the start."""
    exhausted: int
    """Callers that went away with PoolExhaustedError since the start."""
    failed_connects: int
    """Attempts to connect that failed since the start."""
    wakings: int
    """How often the ``ensure`` action was begun since the start."""


@dataclass(frozen=True, slots=True)
class ListenerStatistics:
    """One look at the listener; all numbers count since it was opened."""

    listening: bool
    """Whether every change is heard right now."""
    connects: int
    """Connections on which it listened."""
    losses: int
    """Times that it stopped listening, also to read all versions again."""
    changes: int
    """Changes told to ``on_change``."""
    unclear: int
    """Notifications that could not be read, each followed by reading all versions."""
    failed_callbacks: int
    """Callbacks that raised."""
    users: int
    """Users in the last reading of all versions."""
