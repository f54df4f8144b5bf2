"""Texts that a model wrote: checked, and their named slots filled by us.

A model writes ``Yesterday brought {sessions_yesterday}.``; what stands for the slot comes from the facts, in the reader's
language. A text with a number of its own, a slot that was not offered, markup or another language is refused, and with it
the whole draft. The check runs inside of Pydantic's validation: ``Draft.model_validate(found, context=Filling(...))``
gives a draft whose texts are filled, and without a context (our own writers) texts are taken as they are.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from tandem.core.i18n import Language
from tandem.pomodoro.ai.number_words import first_number

SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]{0,49})\}")

_CZECH_LETTERS: Final = frozenset("ěščřžýáíéúůťďňó")
_ENOUGH_LETTERS: Final = 120
"""A Czech text of so many letters has a diacritic among them."""
_LONGEST_TEXT: Final = 1200
_LONGEST_LINE: Final = 160
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Me"})
_EMOJI: Final = "\ufe0f"
"""Asks for the colourful form of a sign."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a draft is checked against: the slots that were offered, and the choices that the person has."""

    language: Language
    slots: Mapping[str, str]
    """Filled texts by the slot's name."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Allowed values by the kind of choice, such as the person's categories."""


def _checked(value: str, info: ValidationInfo) -> str:
    filling = info.context
    if not isinstance(filling, Filling):
        return value
    return fill(value, filling)


def fill(written: str, filling: Filling) -> str:
    """Return ``written`` with its slots filled; raises ValueError with a reason that a model can act on."""
    text = " ".join(unicodedata.normalize("NFC", written).split())
    bare = SLOT.sub(" ", text)
    if not text or "{" in bare or "}" in bare:
        raise ValueError("braces may only enclose the name of a slot")
    if re.search(r"[\w\-−+]\{|\}\w|\}\{", text):
        raise ValueError("a slot stands by itself, with blanks around it")
    if any(unicodedata.category(sign) in _UNSEEN and sign != _EMOJI for sign in text):
        raise ValueError("control characters and loose accents are not allowed")
    if re.search(r"</?[a-z]|https?:", bare, re.IGNORECASE):
        raise ValueError("no markup and no addresses")
    if unknown := sorted(set(SLOT.findall(text)) - set(filling.slots)):
        raise ValueError(f"there is no slot {unknown[0]}")
    if (number := first_number(bare.replace(_EMOJI, ""), filling.language)) is not None:
        raise ValueError(f"a number outside of a slot: {number}")
    _require_language(bare, filling.language)
    return SLOT.sub(lambda found: filling.slots[found.group(1)], text)


def _require_language(bare: str, language: Language) -> None:
    letters = [sign for sign in bare.casefold() if sign.isalpha()]
    if any(not unicodedata.name(sign, "").startswith("LATIN") for sign in letters):
        raise ValueError("only Latin letters are expected")
    czech = sum(sign in _CZECH_LETTERS for sign in letters)
    if language == "cs" and len(letters) >= _ENOUGH_LETTERS and not czech:
        raise ValueError("the text must be Czech, with diacritics")
    if language == "en" and czech > max(3, len(letters) // 25):
        raise ValueError("the text must be English")


def _fitting(longest: int) -> BeforeValidator:
    """Return the validator that cuts a text of our own rules; a model's text that is too long is refused instead.

    Rules quote names that people chose: many long ones make the sentence around them too long.
    """

    def fit(value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, Filling) or not isinstance(value, str) or len(value) <= longest:
            return value
        return value[: longest - 1].rstrip() + "…"

    return BeforeValidator(fit)


Prose = Annotated[
    str, Field(min_length=1, max_length=_LONGEST_TEXT), _fitting(_LONGEST_TEXT), AfterValidator(_checked)
]
"""A text of a sentence or a few."""

Line = Annotated[
    str, Field(min_length=1, max_length=_LONGEST_LINE), _fitting(_LONGEST_LINE), AfterValidator(_checked)
]
"""A title or a short phrase."""


def chosen(kind: str) -> Any:
    """Return the validator of a field whose value is one of ``Filling.choices[kind]``; case does not matter."""

    def check(value: str, info: ValidationInfo) -> str:
        filling = info.context
        if not isinstance(filling, Filling):
            return value
        allowed = filling.choices.get(kind, ())
        wanted = value.strip().casefold()
        for choice in allowed:
            if choice.casefold() == wanted:
                return choice
        raise ValueError(f"must be one of {', '.join(allowed)}")

    return AfterValidator(check)


Category = Annotated[str, chosen("category"), Field(json_schema_extra={"choices": "category"})]
"""One of the person's categories."""


class Draft(BaseModel):
    """What a model is asked to write: texts and choices, no numbers.

    Keys that are not asked for are dropped: a model that adds figures of its own is not listened to.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
