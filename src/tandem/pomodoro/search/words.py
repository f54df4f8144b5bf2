"""The words of a question, as full-text search compares them: without accents, endings and words that everybody uses."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

MOST: Final = 12
"""Words of a question that are looked for."""

LONGEST: Final = 100
"""Letters of a word; a longer one is none, and PostgreSQL refuses some thousands."""

SHARE: Final = 0.5
"""Part of a question's weight that a note must hold for its words to count beside its meaning.

Less lifts notes that share a common word with the question and nothing else above those that answer it.
"""

_WORD: Final = re.compile(r"[^\W_]+")
_CZECH: Final = """
    a aby ale ani ano asi az bez bude byl byla byli bylo byt co coz dnes do ho i ja jak jake jaky jako
    je jeho jej jen jeste jestli ji jich jimi jiz jsem jsi jsme jsou jste k kam kde kdo kdy kdyz ke
    ktera ktere ktery kteri kolik ma mam me mi mit mne mnou moje muj my na nad nam nas ne nebo neni nez
    nic o od on ona oni po pod podle pokud pro proc proto pred pres pri s se si sve svuj ta tak take tam
    te ten tento teto tim to toho tom tomu tu ty u uz v vam vas ve vy vsak z za ze zda
"""
_ENGLISH: Final = """
    about all am an and any are as at be been but by can could did do does for from had has have he her
    his how if in into is it its just me more most much my no nor not of off on once only or our out
    over own she should so some than that the their them then there these they this those to too up us
    very was we were what when where which while who whom why will with would you your
"""
_COMMON: Final = frozenset(_CZECH.split()) | frozenset(_ENGLISH.split())
"""Words that say nothing about what is looked for, without accents."""


def fold(text: str) -> str:
    """Return ``text`` in small letters without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def words_of(question: str) -> list[str]:
    """Return the words that are worth looking for, each once, in their order."""
    words = _WORD.findall(fold(question))
    found = dict.fromkeys(word for word in words if 1 < len(word) <= LONGEST and word not in _COMMON)
    return list(found)[:MOST]


def pattern(word: str) -> str:
    """Return what PostgreSQL looks for: short words as they are, of longer ones the beginning, for the ending varies."""
    return word if len(word) < 5 else f"{word[: max(4, len(word) - 2)]}:*"


def weigh(found: Mapping[str, Sequence[bool]], words: int, notes: int) -> dict[str, float]:
    """Return how much of the question each note holds, 0-1.

    ``found`` tells for each note which of the ``words`` it holds, among ``notes`` in all. A rare word weighs more than a
    frequent one: by its inverse document frequency, as in Okapi BM25.
    """
    counts = [sum(flags[at] for flags in found.values()) for at in range(words)]
    weights = [log(1 + (max(notes, count) - count + 0.5) / (count + 0.5)) for count in counts]
    total = sum(weights)
    return {
        note: sum(weight for weight, holds in zip(weights, flags, strict=True) if holds) / total
        for note, flags in found.items()
    }
