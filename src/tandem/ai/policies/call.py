"""What the policies around one call tell each other: how often was it tried, what did it cost, until when may it take.

The request stays what the caller said, so this travels beside it, in a context variable that the outermost policy
sets. A policy whose work outlives ``open`` keeps the :class:`Call` it found there: an answer may be read in
another task than the one that opened it.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final


class Call:
    """One call of one caller, through all its attempts.

    Everybody who may still cause cost holds it. When the last one lets go it is closed, and only then :attr:`cost` is final. For one event loop.
    """

    __slots__ = (
        "_closed", "_holds", "attempts", "began", "cost", "deadline", "degraded", "only", "unpriced",
        "upstream_seconds",
    )  # fmt: skip

    def __init__(self, began: float, deadline: float | None = None) -> None:
        """Begin at ``began``, be over by ``deadline`` (both monotonic seconds); held once, by the maker."""
        self.began = began
        self.deadline = deadline
        self.attempts = 0
        """Attempts so far, whoever was asked."""
        self.cost = 0
        """Micro-dollars of all attempts so far."""
        self.unpriced = False
        """Whether an attempt cost something that nobody can tell."""
        self.degraded = False
        """Whether a provider that should have answered could not."""
        self.only: frozenset[str] | None = None
        """The providers that the caller can afford, None for all."""
        self.upstream_seconds = 0.0
        """Time spent waiting for providers before the first piece."""
        self._closed: Callable[[Call], None] | None = None
        self._holds = 1

    def remaining(self, now: float) -> float | None:
        """Return the seconds left at monotonic ``now``, None without a deadline; may be negative."""
        return None if self.deadline is None else self.deadline - now

    def add_cost(self, micro: int | None) -> None:
        """Add what an attempt cost; None means that nobody can tell."""
        if micro is None:
            self.unpriced = True
        else:
            self.cost += micro

    def when_closed(self, closed: Callable[["Call"], None]) -> None:
        """Call ``closed`` when the last one lets go."""
        self._closed = closed

    def hold(self) -> None:
        """Take note that somebody else may cause cost; :meth:`release` must follow."""
        self._holds += 1

    def release(self) -> None:
        """Let go."""
        self._holds -= 1
        if self._holds == 0 and self._closed is not None:
            self._closed(self)


CALL: Final[ContextVar[Call | None]] = ContextVar("tandem_ai_call", default=None)


def current_call(now: float) -> Call:
    """Return the call that is being served, a new one beginning ``now`` where nobody has set one."""
    return CALL.get() or Call(now)
