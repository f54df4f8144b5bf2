"""Whether somebody asks about a stock, about which, over what time, and what they want to know."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from tandem.tokimeki.markets.spans import Recent, Span
from tandem.tokimeki.markets.spoken_dates import spoken_dates
from tandem.tokimeki.markets.spoken_period import spoken_days
from tandem.tokimeki.markets.symbols import EVERYDAY, mentioned

Aspect = Literal["price", "performance", "default"]

DEFAULT: Final = Recent(7)
"""The period of a question that names none."""

LONGEST_QUESTION: Final = 2000
"""Characters; what is longer, such as an article to be summarised, is for a model, and would take long to look through."""

MOST_COMPANIES: Final = 4
"""Companies that one question is answered about; those that are named after them are left out."""

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
_BETWEEN: Final = (
    r"(?:the|over|in|during|this|past|last|latest|recent|recently|current|today['’]s|historical|opening|closing|average"
    r"|daily|weekly|monthly|yearly|overall|total|\d{1,4}|one|two|three|four|five|six|few|(?:trading\s+)?(?:day|week|month|quarter|year)s?)"
)
"""What may stand between a company and what is asked of it: words that say when or how."""
_WORDS: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_THIS_YEAR: Final = re.compile(
    r"\bytd\b|\byear[\s-]+to[\s-]+date\b|\bso\s+far\s+this\s+year\b"
    r"|\bsince\s+(?:the\s+)?(?:start|beginning)\s+of\s+(?:the|this)\s+year\b",
    re.IGNORECASE,
)
_ONE_DAY: Final = re.compile(r"\b(?:today|yesterday)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StockQuestion:
    """A question about companies.

    ``symbols`` are one to :data:`MOST_COMPANIES`, as they were named; ``span`` is the fixed days that were named, else the named
    period, else :data:`DEFAULT`.
    """

    symbols: tuple[str, ...]
    span: Span
    aspect: Aspect


def understood(text: str, today: dt.date) -> StockQuestion | None:
    """Return what ``text`` asks about stocks, None if it does not ask about one; ``today`` ends "since 2010".

    It does when it names a company as a whole word beside a word about stocks, or is about the analysis of one. Words that
    are everyday ones in lower case ("target", "visa") need to be written as a name, or to stand beside a word about stocks
    ("target stock" or "shares of target", not "price target").
    """
    if len(text) > LONGEST_QUESTION:
        return None
    text = " ".join(text.split())
    words = set(_WORDS.findall(text.lower()))
    if not words & _STOCK and not words & _ANALYSIS:
        return None
    symbols = _companies(text)
    if not symbols:
        return None
    between = spoken_dates(text, today)
    if not words & _STOCK and not words & _TIME and between is None:
        return None
    return StockQuestion(symbols, between or asked_period(text) or DEFAULT, _aspect(words))


def _companies(text: str) -> tuple[str, ...]:
    """Return the symbols of the companies that are meant, each once, in the order of ``text``."""
    found: dict[str, None] = {}
    for word, symbol in dict.fromkeys(mentioned(text)):
        if symbol not in found and _is_name(word, text):
            found[symbol] = None
            if len(found) == MOST_COMPANIES:
                break
    return tuple(found)


def asked_period(text: str) -> Recent | None:
    """Return the period that ``text`` names, counted back from the source's last day; None if it names none."""
    if _THIS_YEAR.search(text):
        return Recent(366, this_year=True)
    days = spoken_days(text)
    if days:
        return Recent(days)
    return Recent(1) if _ONE_DAY.search(text) else None


def _is_name(word: str, text: str) -> bool:
    name = re.escape(word)
    if _is_phrase(name, text):
        return False
    if word.lower() not in EVERYDAY or word[0].isupper():
        return True
    following = re.compile(
        rf"(?<![\w-]){name}(?:['’]s)?\s+(?:{_BETWEEN}\s+){{0,4}}?(?!{_BETWEEN}\s)(\w+)", re.IGNORECASE
    )
    before = re.compile(rf"\b(\w+)\s+(?:{_BETWEEN}\s+){{0,5}}(?:of|for|in)\s+{name}(?![\w-])", re.IGNORECASE)
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
