"""Whether somebody asks about a stock, about which, over what time, and what they want to know."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from tandem.tokimeki.markets.spans import Between
from tandem.tokimeki.markets.spoken_dates import spoken_dates
from tandem.tokimeki.markets.symbols import EVERYDAY, mentioned

Aspect = Literal["price", "performance", "default"]

DEFAULT_DAYS: Final = 7
LONGEST_DAYS: Final = 1095

_STOCK: Final = frozenset(
    [
        "stock",
        "stocks",
        "price",
        "prices",
        "performance",
        "performing",
        "performed",
        "trading",
        "traded",
        "market",
        "markets",
        "share",
        "shares",
        "ticker",
        "quote",
        "quotes",
        "nasdaq",
        "nyse",
        "dividend",
        "valuation",
    ]
)
_TIME: Final = frozenset(
    [
        "past",
        "last",
        "recent",
        "recently",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "day",
        "days",
        "trend",
        "today",
        "ytd",
    ]
)
_ANALYSIS: Final = frozenset(
    [
        "analyze",
        "analyse",
        "analysis",
        "chart",
        "graph",
        "movement",
        "volatility",
        "trend",
        "trends",
        "return",
        "returns",
        "drawdown",
        "sharpe",
    ]
)
_NUMBERS: Final = {
    word: number for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=1
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3}  # fmt: skip
_UNITS: Final = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}

_SPAN: Final = re.compile(
    r"\b(?:(?P<count>\d{1,4}|" + "|".join(_NUMBERS) + r")(?:\s+of)?[\s-]+)?"
    r"(?:trading\s+)?(?P<unit>day|week|month|quarter|year)s?\b",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")


@dataclass(frozen=True, slots=True)
class StockQuestion:
    """A question about one company.

    ``days`` is the asked period in calendar days, ``asked_days`` whether it was; ``between`` the fixed days that were named,
    which go before it.
    """

    symbol: str
    days: int
    asked_days: bool
    aspect: Aspect
    between: Between | None = None


def understood(text: str, today: dt.date) -> StockQuestion | None:
    """Return what ``text`` asks about a stock, None if it does not ask about one; ``today`` ends "since 2010".

    It does when it names a company as a whole word beside a word about stocks, or is about the analysis of one. Words that
    are everyday ones in lower case ("target", "visa") need to be written as a name, or to stand beside a word about stocks
    ("target stock" or "shares of target", not "price target").
    """
    words = set(_WORDS.findall(text.lower()))
    if not words & _STOCK and not words & _ANALYSIS:
        return None
    symbol = next((symbol for word, symbol in mentioned(text) if _is_name(word, text)), None)
    if symbol is None:
        return None
    between = spoken_dates(text, today)
    if not words & _STOCK and not words & _TIME and between is None:
        return None
    days = asked_days(text)
    return StockQuestion(symbol, days or DEFAULT_DAYS, days is not None, _aspect(words), between)


def asked_days(text: str) -> int | None:
    """Return the period that ``text`` names, in calendar days (1-1095); None if it names none."""
    for match in _SPAN.finditer(text):
        count = match.group("count")
        unit = _UNITS[match.group("unit").lower()]
        if count is None:
            before = text[: match.start()].rstrip().lower()
            if not before.endswith(("past", "last", "this", "previous", "recent")):
                continue
            return unit
        number = int(count) if count.isdigit() else _NUMBERS[count.lower()]
        if number:
            return min(number * unit, LONGEST_DAYS)
    if re.search(r"\btoday\b|\byesterday\b", text, re.IGNORECASE):
        return 1
    return None


def _is_name(word: str, text: str) -> bool:
    name = re.escape(word)
    if _is_phrase(name, text):
        return False
    if word.lower() not in EVERYDAY or word[0].isupper():
        return True
    following = re.compile(rf"(?<![\w-]){name}(?:['’]s)?\s+(\w+)", re.IGNORECASE)
    before = re.compile(rf"(\w+)\s+(?:of|for|in)\s+{name}(?![\w-])", re.IGNORECASE)
    beside = [match.group(1).lower() for pattern in (following, before) for match in pattern.finditer(text)]
    return not _STOCK.isdisjoint(beside)


def _is_phrase(name: str, text: str) -> bool:
    """Return whether the word only stands in "price target" or "target price", which are no company."""
    if name.lower() != "target":
        return False
    rest = re.sub(r"\bprice\s+targets?\b|\btarget\s+prices?\b", " ", text, flags=re.IGNORECASE)
    return re.search(r"(?<![\w-])target(?![\w-])", rest, re.IGNORECASE) is None


def _aspect(words: set[str]) -> Aspect:
    if words & {"price", "prices", "current", "quote"}:
        return "price"
    if words & {"performance", "performing", "performed", "trend", "trends"}:
        return "performance"
    return "default"
