"""What is cached: a value with its version and the moments until which it is good."""

import random
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LONGEST_SECONDS: Final = 7 * 86_400.0
"""Nothing is kept longer than this; what is remembered about invalidations lives a day longer."""

Mark = tuple[int, ...]
"""How often each tag of an entry had been invalidated when its value began to be made."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds: fresh, then served while it is made anew, then served only instead of an error."""

    fresh: float
    stale: float = 0.0
    """How much longer a reader gets the old value at once, while one task makes a new one."""
    errors: float = 0.0
    """How much longer, counted from the end of ``fresh``, the old value is better than an error."""
    alone: float = 0.0
    """For so long one process alone makes the value while those that share Redis wait for it; 0: each makes its own.
    More than making it usually takes: a maker that died is waited for no longer."""
    jitter: float = 0.1
    """Share of ``fresh`` by which it is shortened at random, so that what was made together does not end together."""

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if not 0 <= self.jitter < 1 or min(self.fresh, self.stale, self.errors, self.alone) < 0:
            raise ValueError("a lifetime has no negative seconds, and jitter is a share below 1")
        if self.fresh + max(self.stale, self.errors) > LONGEST_SECONDS:
            raise ValueError(f"nothing is cached for longer than {LONGEST_SECONDS:.0f} seconds")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T_co]):
    """One cached value; moments are seconds since the epoch, so that other processes understand them."""

    value: T_co
    size: int
    """Bytes that it takes, roughly."""
    version: int
    """Of the data it was made from; 0 where data has no versions."""
    made: float
    fresh_until: float
    stale_until: float
    kept_until: float


def new_entry(value: T, *, size: int, version: int, now: float, lifetime: Lifetime) -> Entry[T]:
    """Return an entry made ``now``, its fresh time shortened at random."""
    fresh = now + lifetime.fresh * (1.0 - lifetime.jitter * random.random())
    kept = fresh + max(lifetime.stale, lifetime.errors)
    return Entry(value, size, version, now, fresh, fresh + lifetime.stale, kept)


@dataclass(frozen=True, slots=True)
class Look(Generic[T_co]):
    """What a level answers: the entry, if it may still be used for anything, and the mark for a later put."""

    entry: Entry[T_co] | None
    mark: Mark | None
    """None: this level could not be asked, so nothing may be put into it either."""
