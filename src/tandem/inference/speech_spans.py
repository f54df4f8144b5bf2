"""Where in a recording somebody speaks, the pauses between, and how it is cut for a model that hears half a minute at once.

Times are sample numbers at 16,000 a second. Pure arithmetic: who speaks when is found by :mod:`tandem.inference.whisper`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tandem.inference.audio_format import RATE

Span = tuple[int, int]
"""From the first sample up to the one after the last."""

Piece = tuple[Span, ...]
"""What the model hears at once: spans in order, with what lies between them left out."""

LONGEST_PIECE: Final = 29 * RATE
MARGIN: Final = round(0.3 * RATE)
"""Heard before and after each span, so that no consonant is cut off."""

LONGEST_SILENCE: Final = 2 * RATE
"""What is longer is left out: in silence the model hears things. Shorter ones stay: they tell it where sentences end."""

PAUSE: Final = round(0.5 * RATE)
"""The shortest silence between two words that is called a pause."""


def pauses(spans: Sequence[Span]) -> list[Span]:
    """Return the silences between spans; what comes before the first and after the last is none."""
    return [(before[1], after[0]) for before, after in pairwise(spans) if after[0] - before[1] >= PAUSE]


def pieces(spans: Sequence[Span], length: int) -> list[Piece]:
    """Return what the model is to hear of a recording of ``length`` samples, in order, each at most half a minute."""
    found: list[Piece] = []
    current: list[Span] = []
    room = LONGEST_PIECE
    for span in _shortened(_stretches(spans, length)):
        size = span[1] - span[0]
        if current and size > room:
            found.append(tuple(current))
            current, room = [], LONGEST_PIECE
        current.append(span)
        room -= size
    if current:
        found.append(tuple(current))
    return found


def original(piece: Piece, sample: int, *, ends: bool) -> int:
    """Return where in the recording ``sample`` of ``piece`` lies; at a border the end of one span or the start of the next."""
    passed = 0
    for start, stop in piece:
        size = stop - start
        if sample < passed + size or (ends and sample == passed + size):
            return start + max(0, sample - passed)
        passed += size
    return piece[-1][1]


def _stretches(spans: Sequence[Span], length: int) -> list[Span]:
    """Give each span its margins, and join those between which there is no long silence as far as a piece can hold them."""
    found: list[Span] = []
    for start, stop in spans:
        first, last = max(0, start - MARGIN), min(length, stop + MARGIN)
        if found:
            begin, end = found[-1]
            if first - end <= LONGEST_SILENCE and last - begin <= LONGEST_PIECE:
                found[-1] = (begin, last)
                continue
            if first < end:
                first = (end - MARGIN + start) // 2
                found[-1] = (begin, first)
        found.append((first, last))
    return found


def _shortened(spans: Sequence[Span]) -> list[Span]:
    """Cut what is too long for a piece, in case that somebody really speaks so long without a breath."""
    return [
        (at, min(stop, at + LONGEST_PIECE))
        for start, stop in spans
        for at in range(start, stop, LONGEST_PIECE)
    ]  # fmt: skip
