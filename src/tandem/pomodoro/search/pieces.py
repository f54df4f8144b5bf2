"""Cutting a note into what is compared: the whole of it, and each of its sentences."""

import re
from typing import Final

MOST: Final = 12
"""Sentences of one note; what follows is found through the whole."""

SHORTEST: Final = 4
"""Characters; less says nothing."""

_END: Final = re.compile(r"(?<=[.;?!])\s+|\s*\n+\s*")


def pieces(note: str) -> list[str]:
    """Return the whole note and, if there are several, its sentences."""
    sentences = [part.strip() for part in _END.split(note) if len(part.strip()) >= SHORTEST]
    return [note] if len(sentences) < 2 else [note, *sentences[:MOST]]
