"""Words of notes that may name a topic: Czech and English, kept whole with their diacritics."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 3
"""Letters; shorter words rarely name a topic."""

_WORD: Final = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")

_ENGLISH: Final = """
about after again all also and any are because been before being but can could did does doing done down each even
few finished first for from get got had has have here how into its just last like made make many more most much need
new next not now off one only other our out over own really same session should some still such than that the their
them then there these they thing things this those through today tomorrow too two until very was well were what when
where which while who why will with without work worked working would yesterday yet you your
"""

_CZECH: Final = """
aby ale ani ano asi ještě jak jako jaký jde jeho jejich jen jenom jestli jinak jsem jsi jsme jsou jste kde kdo kdy
kdyby když která které který kteří kvůli mezi mimo moc mohl moje můj mít musím měl nad nebo nebyl nebylo není než nic
něco některé nové nový pak pod podle pokud poslední potom práce pracoval pro proč protože první před přes při přitom
sem sice spíš svůj tady tak také takže tam ten tedy tento teď toho tohle tom tomu trochu tuto tyto udělal už vám však
včera velmi více vše všechno všechny vůbec zase zde zítra znovu žádný během byl byla bylo byly být bude budu dále
další dnes docela dost dva hodně hotovo hotové chci
"""

STOP_WORDS: Final = frozenset(_WORD.findall(_ENGLISH + _CZECH))


def words(note: str) -> set[str]:
    """Return the words of ``note`` in lower case, each once, without stop words and numbers."""
    # Some systems store a letter and its diacritic as two characters, and the second is not part of a word.
    whole = unicodedata.normalize("NFC", note).casefold()
    return {word for word in _WORD.findall(whole) if word not in STOP_WORDS}


def most_repeated(notes: Iterable[str]) -> tuple[str, int] | None:
    """Return the word that stands in most ``notes`` and in how many; the first in the alphabet on a tie."""
    counts = Counter(word for note in notes for word in words(note))
    if not counts:
        return None
    return min(counts.items(), key=lambda item: (-item[1], item[0]))
