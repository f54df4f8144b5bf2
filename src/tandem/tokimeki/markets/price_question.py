"""What somebody wants to know about the prices of a company, asked in plain words or spoken.

The old service looked for parts of words, so that "gemini" contained "min" and "intelligence" was Intel; here only whole
words count. Its companies and their order are kept; others that the service knows by name follow.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from tandem.tokimeki.markets.spoken_period import spoken_days
from tandem.tokimeki.markets.symbols import EVERYDAY, mentioned

LONGEST_DAYS: Final = 1095
"""How far back an answer that lists every close reaches; the old service's limit for histories."""

Wanted = Literal["describe", "average", "lowest", "highest", "closes", "last"]

COMPANIES: Final = {
    "google": "GOOGL", "apple": "AAPL", "microsoft": "MSFT", "amazon": "AMZN", "meta": "META", "tesla": "TSLA",
    "nvidia": "NVDA", "netflix": "NFLX", "amd": "AMD", "intel": "INTC", "gamma": "GAMMA.V",
}  # fmt: skip
"""The contract's companies; of several that are named the first in this order is meant."""

_COMPANY: Final = {word: re.compile(rf"(?<![\w-]){word}(?:['’]s?)?(?![\w-])") for word in COMPANIES}

_INTENTS: Final[tuple[tuple[Wanted, re.Pattern[str]], ...]] = (
    (
        "describe",
        re.compile(
            r"\b(?:performances?|perform(?:ed|ing|s)?|trend(?:s|ed|ing)?|summar(?:y|ies|i[sz]e[ds]?)|describe[ds]?"
            r"|description|how\s+(?:did|is|was|are|were|has|have|does|do)|how['’]s)\b"
        ),
    ),
    ("average", re.compile(r"\b(?:average[ds]?|avg|mean)\b")),
    ("lowest", re.compile(r"\b(?:minimum|min|lowest)\b")),
    ("highest", re.compile(r"\b(?:maximum|max|highest)\b")),
)
"""In the order in which they win."""

_PRICE: Final = re.compile(r"\b(?:price[sd]?|clos(?:e|es|ed|ing)|quotes?|trading\s+at|how\s+much)\b")


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """A question about one company; ``company`` is its name as it is said back, ``days`` calendar days, 0 or more."""

    company: str
    symbol: str
    days: int
    wanted: Wanted


def price_question(text: str) -> PriceQuestion | None:
    """Return what ``text`` asks, None if it names no company or asks nothing about prices.

    Without a period it is about one day: the last close.
    """
    lower = text.lower()
    found = _company(text, lower)
    if found is None:
        return None
    intent = next((name for name, pattern in _INTENTS if pattern.search(lower)), None)
    if intent is None and _PRICE.search(lower) is None:
        return None
    days = spoken_days(lower)
    days = 1 if days is None else min(days, LONGEST_DAYS)
    return PriceQuestion(*found, days, intent or ("closes" if days > 1 else "last"))


def _company(text: str, lower: str) -> tuple[str, str] | None:
    for word, symbol in COMPANIES.items():
        if _COMPANY[word].search(lower):
            return word.title(), symbol
    for word, symbol in mentioned(text):
        # A word that mostly means something else is a company where it is written as a name.
        if word.lower() not in EVERYDAY or word[0].isupper():
            return word.upper() if word.upper() == symbol else word.title(), symbol
    return None
