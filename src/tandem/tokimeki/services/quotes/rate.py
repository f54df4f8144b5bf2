"""How often something may be done, as one moment, and the smallest place that holds it: the process. See :mod:`.pace`."""

import time
from dataclasses import dataclass
from typing import Final, Protocol

REFUSED: Final = -1.0
"""Told to whoever would have to wait too long."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_minute`` calls, of which ``burst`` may come at once; nobody waits longer than ``patience`` seconds."""

    per_minute: float
    burst: int
    patience: float

    @property
    def interval(self) -> float:
        """Seconds between two calls."""
        return 60.0 / self.per_minute

    def place(self, arrival: float, pause: float, now: float) -> tuple[float, float]:
        """Return (seconds to wait or REFUSED, the new arrival time); ``pause``: nobody calls before."""
        # No honest arrival lies further ahead; one that does was written by another clock.
        begin = max(min(arrival, now + self.interval * self.burst + self.patience), now)
        wait = max(begin - now - self.interval * (self.burst - 1), pause - now, 0.0)
        if wait > self.patience:
            return REFUSED, arrival
        return wait, begin + self.interval


class Pace(Protocol):
    """One place that holds the moment."""

    async def take(self) -> float | None:
        """Return the seconds to wait, REFUSED, or None while this place is out of reach."""

    async def pause(self, seconds: float) -> None:
        """Let nobody call for ``seconds``."""

    async def close(self) -> None:
        """Let go of everything."""


class ProcessPace:
    """For one process."""

    def __init__(self, rate: Rate) -> None:
        """Begin with a full bucket."""
        self._rate = rate
        self._arrival = self._pause = 0.0

    async def take(self) -> float | None:
        """See the protocol."""
        wait, self._arrival = self._rate.place(self._arrival, self._pause, time.monotonic())
        return wait

    async def pause(self, seconds: float) -> None:
        """See the protocol."""
        self._pause = max(self._pause, time.monotonic() + seconds)

    async def close(self) -> None:
        """See the protocol."""
