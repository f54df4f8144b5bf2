"""Texts that people type, as they are kept: one spelling of each category, and nothing instead of an empty text."""

from collections.abc import Iterable
from typing import Any, Final

from tandem.core.errors import InvalidInputError

_TEXTS: Final = ("task", "notes")


def category_name(text: str) -> str:
    """Return ``text`` without blanks around it, as an import reads it; raises InvalidInputError for blanks alone."""
    name = text.strip()
    if not name:
        raise InvalidInputError("category: must not be blank")
    return name


def category_names(texts: Iterable[str]) -> list[str]:
    """Return each category once, in the given order; raises InvalidInputError for a blank one."""
    return list(dict.fromkeys(map(category_name, texts)))


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` of a session as they are stored.

    An empty task or note is none: an export cannot tell the two apart, so a copy of it would not be equal.
    """
    texts = {name: values[name] or None for name in _TEXTS if name in values}
    category = {"category": category_name(values["category"])} if "category" in values else {}
    return values | texts | category
