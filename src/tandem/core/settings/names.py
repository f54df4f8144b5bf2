"""How a setting may be written, and how lists are."""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator
from pydantic_settings import NoDecode

PREFIX = "TANDEM_"


def names(*spelled: str) -> AliasChoices:
    """Accept ``TANDEM_<first>`` and then each of ``spelled`` as it stands."""
    first = spelled[0].upper()
    own = f"{PREFIX}{first}"
    return AliasChoices(
        own, own.lower(), *spelled, *(name.upper() for name in spelled if name.upper() != name)
    )


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several words, separated by commas where they come from the environment."""
