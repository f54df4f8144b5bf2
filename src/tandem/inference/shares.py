"""How the texts of one batch are dealt out to threads, each of which reads its share from beginning to end.

Threads that work on each matrix together wait for one another hundreds of times per batch; threads with texts of their own
wait once, at the end.
"""

from collections.abc import Sequence
from typing import Final

OVERHEAD: Final = 16
"""What a text costs beside its characters (prefix, start and end), in characters."""
MOST_UNEQUAL: Final = 1.3
"""From this multiple of an equal share on, the longest keeps the others waiting for more than sharing gains."""


def shares(texts: Sequence[str], threads: int) -> list[list[int]]:
    """Return the places of the ``texts`` that each thread is to read: about the same number of characters for each.

    One share with all places where dealing out does not pay: for one thread, fewer texts than threads, or one text that is
    much longer than all others.
    """
    everything = list(range(len(texts)))
    if threads < 2 or len(texts) < threads:
        return [everything]
    dealt: list[list[int]] = [[] for _ in range(threads)]
    sizes = [0] * threads
    for at in sorted(everything, key=lambda place: len(texts[place]), reverse=True):
        least = sizes.index(min(sizes))
        dealt[least].append(at)
        sizes[least] += len(texts[at]) + OVERHEAD
    if max(sizes) * threads > MOST_UNEQUAL * sum(sizes):
        return [everything]
    return dealt
