"""Finding numbers in a text, however they are written: digits of any script, Czech and English words, Roman numerals.

A text of a model may hold none of them outside of its slots, so this errs on the side of finding too many: an ordinal, a
fraction, "both", "once", a percent sign and a claim of nothing ("no sessions") count as numbers too. Words are compared
without regard to case, Czech ones also without their diacritics where that makes no other word of them.
"""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")

_ENGLISH: Final = re.compile(
    r"(?:zero\w*|nil|none|naught|nought|one|ones|once|single\w*|first\w*|two\w*|twice|second\w*|double\w*|doubling|both|couple\w*|pairs?"
    r"|three\w*|third\w*|thrice|triple\w*|treble\w*|four\w*|quarter\w*|quadrupl\w*|five\w*|fifth\w*|fift\w*|six\w*|seven\w*"
    r"|eight\w*|nine\w*|ninth\w*|ninet\w*|tens|tenth\w*|tenfold|teens?|eleven\w*|twel[fv]\w*|thirt\w*|fort(?:y|ies|ieth)\w*"
    r"|twent\w*|dozen\w*|score|scores|hundred\w*|thousand\w*|million\w*|billion\w*|trillion\w*|half\w*|halv\w*|percent\w*|pct"
    r"|fortnight\w*|decade\w*|centur\w*|fold)"
)
_ENGLISH_ONLY: Final = frozenset({"ten"})
"""Means "that one" in Czech."""

_CZECH: Final = re.compile(
    r"(?:nul[aouyě]|nulov\w*|nult\w*"
    r"|jeden|jedn[aouyi]|jedné|jednoho|jednomu|jednom|jedním|jedněch|jedněm|jedněmi|jednou|jednič\w*|jedin[ýáéíou]\w*"
    r"|jedno(?:den|hodin|týden|měsíč|minut|krok)\w*|jedenkrát|jednadvac\w*|první\w*|prvn\w*|poprvé|zaprvé|napoprvé"
    r"|dva|dvě|dvou\w*|dvěma|dvěm|dvak\w*|dvan\w*|dvac\w*|dvaa\w*|dvoj\w*|dvěs\w*|podruhé|zadruhé"
    r"|druh(?:ý|á|é|ého|ému|ém|ou|ých|ým|ými)|oba|obě|obou|oběma|obojí\w*"
    r"|tři\w*|tří|třem|třemi|třech|tří(?:den|hodin|týden|měsíč|minut|čtvrt)\w*|troj\w*|třet\w*|potřetí"
    r"|čtyř\w*|čtv[eě]ř\w*|čtvero|čtrnáct\w*|čtvrt(?!e[kč]|k)\w*|počtvrté"
    r"|pět\w*|pat(?:náct|er)\w*|pades\w*|pát(?:ý|á|é|ého|ému|ém|ou|ých|ým|ými)|popáté"
    r"|šest\w*|šedes\w*|sedm\w*|osm\w*|dev[ěía]t\w*|devát\w*|devad\w*|des[eíá]t\w*|jedenáct\w*"
    r"|sto|sta|stovk\w*|stovek|stokr\w*|ston\w*sob\w*|stoproc\w*|stý|tisíc\w*|mili[oó]n\w*|miliard\w*|bili[oó]n\w*"
    r"|tuct\w*|tucet\w*|kop[au]|mandel\w*|půl\w*|napůl|polovi\w*|procent\w*|promil\w*|pár|párkrát|dvojnás\w*)"
)
_CZECH_PLAIN: Final = re.compile(
    r"(?:dve|dvema|tri|trem|tremi|trech|trikrat|trinact\w*|tricet\w*|triadv\w*|treti\w*|tretin\w*|ctyr\w*|ctrnact\w*|ctvrt(?!e[kc]|k)\w*"
    r"|peti|petkrat|petadv\w*|petin\w*|patnact\w*|pades\w*|paty|sesti|sestkrat|sestnact\w*|sedes\w*|devet\w*|devit\w*|devat\w*"
    r"|devad\w*|deset\w*|desit\w*|desat\w*|jedenact\w*|dvakrat|dvanact\w*|dvacet\w*|prvni\w*|tisic\w*|pulhod\w*|pulden\w*|jednoho|obe)"
)
_CZECH_PLAIN_ONLY: Final = frozenset({"pet", "sest", "pul"})
"""Five, six and half without diacritics; the first two are looked for in Czech texts only."""

_ROMAN: Final = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ABBREVIATIONS: Final = frozenset(
    {"CC", "CD", "CI", "CL", "CM", "CV", "DC", "DI", "DM", "MC", "MD", "MI", "MIX", "MM"}
)
"""Upper-case words that are no numbers here: build pipelines, curricula vitae, units."""
_SMALL_ROMAN: Final = re.compile(r"(?:ii+|iv|vi+|ix|xi+|xi?v|xvi*|xx+[iv]*)")

_SIGNS: Final = re.compile(r"[%‰‱]|per\s+cent|o'clock|o’clock", re.IGNORECASE)
_NOTHING: Final = re.compile(
    r"\b(?:no|without\s+(?:any|a))\s+(?:\w+\s+)?(?:sessions?|breaks?|days?|ratings?|points?|minutes?|hours?|streak)\b"
    r"|\b(?:žádn\w+|zadn\w+|ani)\s+(?:\w+\s+)?(?:blok\w*|session\w*|přestáv\w*|den|dny|dnů|hodnocení|bod\w*|minut\w*|hodin\w*|séri\w*)\b",
    re.IGNORECASE,
)


def first_number(text: str, language: str) -> str | None:
    """Return the first thing in ``text`` (of a reader's ``language``) that states a number, None if nothing does."""
    whole = unicodedata.normalize("NFKC", text)
    for sign in text + whole:
        if sign.isnumeric() or unicodedata.numeric(sign, None) is not None:
            return sign
    for pattern in (_SIGNS, _NOTHING):
        if found := pattern.search(whole):
            return found.group()
    return next((word for word in _WORD.findall(whole) if _is_number(word, language)), None)


def _is_number(word: str, language: str) -> bool:
    if _is_roman(word, language):
        return True
    low = word.casefold()
    plain = _without_diacritics(low)
    if _ENGLISH.fullmatch(low) or _CZECH.fullmatch(low):
        return True
    if language == "en":
        return low in _ENGLISH_ONLY or _ENGLISH.fullmatch(plain) is not None
    # Only what was written without diacritics is compared without them: "třída" is no "tri".
    return plain == low and (low in _CZECH_PLAIN_ONLY or _CZECH_PLAIN.fullmatch(low) is not None)


def _is_roman(word: str, language: str) -> bool:
    if len(word) == 1:
        # I is a pronoun; V and I begin Czech sentences.
        return word == "X" or (word == "V" and language == "en")
    if word.isupper():
        return word not in _ABBREVIATIONS and _ROMAN.fullmatch(word) is not None
    return _SMALL_ROMAN.fullmatch(word) is not None


def _without_diacritics(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
