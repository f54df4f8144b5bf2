"""How many retries a process may make: a share of its calls, so that an outage is not answered with a flood."""

from typing import Final

from tandem.core.clock import Clock

SHARE: Final = 0.1
"""Retries per call."""
FLOOR: Final = 10.0
"""Retries that a quiet process may make at once..."""
FLOOR_SECONDS: Final = 10.0
"""...and again after this time."""
MOST: Final = 100.0
"""Retries that a busy process may save up."""


class RetryBudget:
    """One per process, shared by all providers. For one event loop."""

    def __init__(
        self, clock: Clock, *, share: float = SHARE, floor: float = FLOOR, most: float = MOST
    ) -> None:
        """Allow ``share`` retries per call and ``floor`` per :data:`FLOOR_SECONDS` beside them."""
        self._clock = clock
        self._share, self._floor, self._most = share, floor, max(most, floor)
        self._saved = 0.0
        self._basic = floor
        self._at = clock.monotonic()

    @property
    def left(self) -> float:
        """Retries that are allowed right now."""
        self._refill()
        return self._saved + self._basic

    def call(self) -> None:
        """Take note of a call."""
        self._saved = min(self._most, self._saved + self._share)

    def take(self) -> bool:
        """Take one retry; False if none is left."""
        self._refill()
        if self._saved >= 1.0:
            self._saved -= 1.0
        elif self._basic >= 1.0:
            self._basic -= 1.0
        else:
            return False
        return True

    def _refill(self) -> None:
        now = self._clock.monotonic()
        self._basic = min(self._floor, self._basic + (now - self._at) * self._floor / FLOOR_SECONDS)
        self._at = now
