"""Texts in the reader's language, from gettext catalogues.

English is the source: a text in the code is its own message id. The catalogues (``locale/<language>.po``)
are read at first use, or by :func:`load_catalogues`, so that nothing has to be compiled into the package.
"""

import gettext
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal

from babel.messages.pofile import read_po

Language = Literal["cs", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("cs", "en")
"""The languages that the services speak."""


class Translator:
    """Looks texts up in one language and fills their named slots.

    A text without a translation is given in English, so a forgotten entry is seen but breaks nothing.
    """

    def __init__(self, language: Language) -> None:
        """Speak ``language``."""
        self.language: Language = language
        self._catalog: _Catalog
        self._plural: Callable[[int], int]
        self._catalog, self._plural = _catalog(language)

    def __call__(self, text: str, /, **slots: Any) -> str:
        """Return ``text`` in this language with ``{slots}`` filled in."""
        found = self._catalog.get(text, text)
        template = found if isinstance(found, str) else found[0]
        return template.format(**slots) if slots else template

    def count(self, one: str, many: str, n: int, /, **slots: Any) -> str:
        """Return the form of ``one``/``many`` that fits ``n``, which also fills the slot ``{n}``."""
        forms = self._catalog.get(one)
        if isinstance(forms, tuple):
            template = forms[min(self._plural(n), len(forms) - 1)]
        else:
            template = one if n == 1 else many
        return template.format(n=n, **slots)


@lru_cache(maxsize=len(LANGUAGES))
def translator(language: Language) -> Translator:
    """Return the translator of ``language``; each is made once per process."""
    return Translator(language)


def load_catalogues() -> None:
    """Read all catalogues now: some 30 ms, which a server spends before it has callers."""
    for language in LANGUAGES:
        translator(language)


def negotiate(accept_language: str | None, default: Language) -> Language:
    """Choose a language from an ``Accept-Language`` header (RFC 9110, section 12.5.4).

    The highest weight wins, the earlier entry on a tie; ``*`` and anything unknown mean ``default``.
    """
    best: tuple[float, Language] = (0.0, default)
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().split("-")[0].lower()
        weight = _weight(parameters)
        if weight <= best[0]:
            continue
        if primary == "*":
            best = (weight, default)
        for language in LANGUAGES:
            if primary == language:
                best = (weight, language)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


_Catalog = dict[str, "str | tuple[str, ...]"]


def _catalog(language: Language) -> tuple[_Catalog, Callable[[int], int]]:
    if language == "en":
        return {}, lambda n: int(n != 1)
    source = resources.files("tandem.locale").joinpath(f"{language}.po")
    with source.open("rb") as file:
        catalog = read_po(file, locale=language)
    entries: _Catalog = {}
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        text = message.string
        if not key or message.fuzzy:
            continue
        if (isinstance(text, str) and text) or (isinstance(text, tuple) and all(text)):
            entries[key] = text
    return entries, gettext.c2py(catalog.plural_expr)
