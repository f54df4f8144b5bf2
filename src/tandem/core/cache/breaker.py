"""Leaves a failing part alone for a while, so that nobody waits for it again and again."""

from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
"""So many failures in a row open the breaker."""

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 2.0
"""Seconds; how late a part that came back may be noticed."""


class Breaker:
    """Closed: everybody tries. Open: nobody does until a pause is over; then one does, and decides. For one loop."""

    def __init__(self, monotonic: Callable[[], float], *, failures: int = FAILURES) -> None:
        """Begin closed; ``monotonic`` gives seconds; so many ``failures`` in a row open it."""
        self._monotonic = monotonic
        self._most = failures
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def is_closed(self) -> bool:
        """Whether the part is taken to be well."""
        return self._failures < self._most

    def admits(self) -> bool:
        """Whether this caller may try; whoever may must tell :meth:`succeeded`, :meth:`failed` or :meth:`left`."""
        if self.is_closed:
            return True
        if self._trying or self._monotonic() < self._until:
            return False
        self._trying = True
        return True

    def succeeded(self) -> bool:
        """Close; returns whether it was open."""
        was_open = not self.is_closed
        self._failures, self._trying = 0, False
        return was_open

    def failed(self) -> bool:
        """Count a failure; returns whether that opened a closed breaker."""
        was_closed = self.is_closed
        self._failures += 1
        self._trying = False
        over = max(0, self._failures - self._most)
        self._until = self._monotonic() + min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(over, 10))
        return was_closed and not self.is_closed

    def left(self) -> None:
        """The caller went away without a finding."""
        self._trying = False
