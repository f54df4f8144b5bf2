"""Whether a provider failed too often lately: the numbers behind the circuit breaker, without any calls."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Breaking:
    """When a provider is left alone, and for how long."""

    consecutive: int = 5
    """So many failures in a row open the circuit."""
    ratio: float = 0.5
    """So does this share of failures..."""
    sample: int = 20
    """...among at least so many answers: at low traffic one error proves nothing..."""
    window: float = 30.0
    """...of the last seconds."""
    pause: float = 10.0
    """Seconds until one probe is let through; doubles with each probe that fails..."""
    longest_pause: float = 120.0
    """...up to this."""


@dataclass(frozen=True, slots=True)
class BreakerStatistics:
    """One look at a provider's breaker; per worker."""

    state: State
    consecutive: int
    """Failures since the last success."""
    failures: int
    """Failures in the window."""
    answers: int
    """Successes and failures in the window."""
    opened: int
    """How often the circuit opened since the start."""
    refused: int
    """Calls that were not made because of it."""
    retry_after: float
    """Seconds until the next probe, 0 unless the circuit is open."""


class Health:
    """Counts answers by second and decides the state; time comes in as monotonic seconds."""

    def __init__(self, breaking: Breaking) -> None:
        """Begin closed."""
        self._breaking = breaking
        self._seconds: deque[list[int]] = deque()
        self._consecutive = self._failures = self._answers = 0
        self._until = 0.0
        self._pause = breaking.pause
        self._probing = False
        self.state: State = "closed"
        self.opened = self.refused = 0

    def admit(self, now: float) -> bool | None:
        """Return whether a call may be made, and as the probe: True as the probe, False as usual, None not at all."""
        if self.state == "closed":
            return False
        if self.state == "open" and now >= self._until:
            self.state = "half_open"
        if self.state == "half_open" and not self._probing:
            self._probing = True
            return True
        self.refused += 1
        return None

    def probed(self, now: float, *, well: bool | None) -> None:
        """Take the probe's result; None when it was cancelled, and proves nothing."""
        self._probing = False
        if well:
            self._close()
        elif well is False:
            self._pause = min(self._breaking.longest_pause, self._pause * 2)
            self._open(now)

    def count(self, now: float, *, well: bool) -> None:
        """Count an answer."""
        self._forget(now)
        second = int(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0, 0])
        self._seconds[-1][1] += 1
        self._answers += 1
        if well:
            self._consecutive = 0
            return
        self._seconds[-1][2] += 1
        self._failures += 1
        self._consecutive += 1
        if self.state == "closed" and self._is_bad():
            self._open(now)

    def retry_after(self, now: float) -> float:
        """Return the seconds until the next probe may be made."""
        return max(0.0, self._until - now) if self.state == "open" else 0.0

    def statistics(self, now: float) -> BreakerStatistics:
        """Return one look."""
        self._forget(now)
        return BreakerStatistics(
            self.state, self._consecutive, self._failures, self._answers, self.opened, self.refused,
            self.retry_after(now),
        )  # fmt: skip

    def _is_bad(self) -> bool:
        limits = self._breaking
        return self._consecutive >= limits.consecutive or (
            self._answers >= limits.sample and self._failures >= limits.ratio * self._answers
        )

    def _open(self, now: float) -> None:
        self.state = "open"
        self.opened += 1
        self._until = now + self._pause

    def _close(self) -> None:
        self.state = "closed"
        self._pause = self._breaking.pause
        self._seconds.clear()
        self._consecutive = self._failures = self._answers = 0

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - self._breaking.window:
            _, answers, failures = self._seconds.popleft()
            self._answers -= answers
            self._failures -= failures
