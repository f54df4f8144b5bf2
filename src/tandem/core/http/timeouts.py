"""How long an outgoing call may take, each wait by its name."""

from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The four waits of one call, in seconds, each above 0.

    A whole answer has no first byte before its end: use :meth:`for_whole` there.
    """

    connect: float = 5.0
    """Name lookup, TCP and TLS of one new connection."""
    first_byte: float = 30.0
    """From the begin of the call, with waiting for a free connection, to the answer's headers."""
    idle: float = 30.0
    """Between two pieces of the answer, while somebody waits for the next one."""
    total: float = 120.0
    """From the begin of the call to the answer's last byte."""

    def __post_init__(self) -> None:
        """Refuse what cannot be waited."""
        if min(self.connect, self.first_byte, self.idle, self.total) <= 0:
            raise ValueError("every timeout is above 0 seconds")

    def within(self, total: float | None) -> "Timeouts":
        """Return the same waits with another deadline for the whole call; None changes nothing."""
        return self if total is None else replace(self, total=total)

    def for_whole(self) -> "Timeouts":
        """Return the waits of an answer that comes in one piece: bounded by the deadline alone."""
        return _for_whole(self)


@lru_cache(maxsize=256)
def _for_whole(waits: Timeouts) -> Timeouts:
    return replace(waits, first_byte=waits.total, idle=waits.total)
