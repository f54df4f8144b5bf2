"""Counts of any size at a bounded cost: single absurd days are cut, big counts are told apart more coarsely.

A day is cut (winsorised) at a multiple of the person's own busiest days, so one broken import moves little, while
somebody who logs a thousand rows on every day is forecast a thousand. Where counts go beyond `TOLD_APART`, distributions
are computed over bins of `unit` sessions and spread out again at the end: memory and time then no longer grow.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NEVER_CUT = 500
"""Days up to this count are taken as they are, whoever has them."""

BUSY_SHARE, BUSY_TIMES = 0.9, 3.0
"""Other days are cut at three times the 0.9 quantile of the days with a session."""

CEILING = 20_000
"""No day counts more sessions, one every four seconds: it bounds the memory where every day is broken."""

TOLD_APART = 1_000
"""Counts up to this are told apart one by one, larger ones to within a thousandth of the largest."""

LARGEST_BIN = 4_000
"""Bins of one distribution at most; what lies above is counted in the last."""


def cut(counts: Counts, window: int) -> Counts:
    """The counts (n,), absurdly large ones cut at a limit learned from the last `window` days."""
    recent = counts[-window:]
    busy = np.sort(recent[recent > 0])[:-1]  # the largest is never what the limit is learned from
    usual = float(busy[int(BUSY_SHARE * (busy.size - 1))]) if busy.size else 0.0
    return np.minimum(counts, int(min(max(NEVER_CUT, BUSY_TIMES * usual), CEILING)))


def unit_for(largest: float) -> int:
    """Sessions in one bin where counts reach `largest`: 1 up to `TOLD_APART`, always odd, so bins have a middle."""
    unit = max(1, int(np.ceil(largest / TOLD_APART)))
    return unit + 1 - unit % 2


def in_units(counts: Counts, unit: int) -> Counts:
    """The bin of each count: the nearest multiple of `unit`, but 0 for 0 alone."""
    if unit == 1:
        return counts
    return np.maximum((counts + unit // 2) // unit, counts > 0).astype(np.int64)


def spread_out(probabilities: Floats, unit: int) -> Floats:
    """Probabilities of 0, 1, 2, ... sessions from those of bins (k,); each bin's is shared among its counts."""
    if unit == 1:
        return probabilities
    below = np.zeros(unit // 2)  # as many of the first bin's neighbours belong to no bin
    return np.concatenate([probabilities[:1], below, np.repeat(probabilities[1:] / unit, unit)])
