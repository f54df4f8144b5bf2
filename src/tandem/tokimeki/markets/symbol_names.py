"""What a symbol may look like, and lists of them as clients write them."""

import re
from typing import Final

from tandem.core.errors import InvalidInputError

MOST_SYMBOLS: Final = 50
"""Symbols of one request; each may cost a call to somebody else's server."""

_SYMBOL: Final = re.compile(r"\^?[A-Z0-9&]{1,21}(?:[.=-][A-Z0-9]{1,6}){0,2}")


class InvalidSymbolError(InvalidInputError):
    """The text cannot be a symbol."""

    code = "invalid_symbol"


def checked_symbol(text: str) -> str:
    """Return ``text`` as a symbol in capitals: ``BRK-B``, ``ES=F``, ``^VIX``, ``GAMMA.V``; raises InvalidSymbolError.

    Nothing that passes can be a path or part of a query.
    """
    symbol = text.strip().upper()
    if not _SYMBOL.fullmatch(symbol):
        shown = "".join(one if one.isprintable() else "?" for one in text.strip()[:30])
        raise InvalidSymbolError(f"{shown!r} is not a symbol such as AAPL, BRK-B, ES=F or ^VIX")
    return symbol


def listed_symbols(text: str) -> list[str]:
    """Return the parts of a comma list in capitals, blanks dropped, duplicates collapsed; unchecked one by one.

    Raises InvalidInputError for more than MOST_SYMBOLS.
    """
    parts = list(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    if len(parts) > MOST_SYMBOLS:
        raise InvalidInputError(f"symbols: at most {MOST_SYMBOLS} in one request, not {len(parts)}")
    return parts
