"""Query parameters of the stock routes."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Query

from tandem.core import annotations
from tandem.core.cache.entry import Lifetime
from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.hours import OPEN_SECONDS, fresh_seconds
from tandem.tokimeki.markets.listings import COMPANIES
from tandem.tokimeki.markets.spans import Between, Recent, Span
from tandem.tokimeki.markets.symbol_names import InvalidSymbolError, checked_symbol, listed_symbols

LONGEST_DAYS: Final = 1095
"""The longest range of the old service."""
DEFAULT_DAYS: Final = 31

ANSWER_OPEN: Final = OPEN_SECONDS / 2
"""Seconds for which a finished answer is kept while a market is open; its prices may be OPEN_SECONDS old already."""
ANSWER_CLOSED: Final = 300.0
IN_NEED: Final = 3 * 86_400.0
"""Seconds for which an old answer is better than an error."""

ONE_SYMBOL: Final = Lifetime(ANSWER_OPEN, errors=IN_NEED)
"""Of answers about the symbol in the path: computed quickly, from prices that are kept by their market's hours."""

_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}", re.ASCII)

Symbols = Annotated[
    str,
    Query(max_length=2000, description="Symbols, separated by commas; at most 50.", examples=["AAPL,MSFT"]),
]


def answer_lifetime(parameters: Mapping[str, str], now: dt.datetime) -> Lifetime:
    """Return how long an answer about the symbols among ``parameters`` is kept at ``now``."""
    listed = parameters.get("symbols") or parameters.get("symbol") or ",".join(COMPANIES)
    fresh = ANSWER_CLOSED
    for text in listed.split(",")[:50]:
        try:
            fresh = min(fresh, fresh_seconds(checked_symbol(text), now))
        except InvalidSymbolError:
            continue
    return Lifetime(ANSWER_OPEN if fresh <= OPEN_SECONDS else fresh, errors=IN_NEED)


def symbols_or_default(text: str | None) -> list[str]:
    """Return the listed symbols, the 18 default ones when there are none."""
    return listed_symbols(text or "") or list(COMPANIES)


def day(text: str | None, name: str) -> dt.date | None:
    """Return the date that ``text`` says, None for none; raises InvalidInputError."""
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return dt.date(*map(int, text.split("-")))
    except ValueError:
        pass
    raise InvalidInputError(f"{name}: must be a date as YYYY-MM-DD")


def legacy_span(start: str | None, end: str | None, days: str | None, today: dt.date) -> Span:
    """Return the span of the old parameters; ``end`` is not included, ``days`` count while there is no ``start``.

    A range of more than LONGEST_DAYS begins later, and one of those that said so is named as ignored. Raises
    InvalidInputError for what is no date.
    """
    first, last = day(start, "start_date"), day(end, "end_date")
    back = _days_back(days)
    if first is None and last is None:
        return Recent(back) if back else Between(today, today - dt.timedelta(days=1))
    last = last or today
    if first is None:
        first = last - dt.timedelta(days=min(back, (last - dt.date.min).days))
    elif (last - first).days > LONGEST_DAYS:
        first = last - dt.timedelta(days=LONGEST_DAYS)
        annotations.ignored("start_date")
    return Between(first, last - dt.timedelta(days=1) if last > dt.date.min else last)


def _days_back(text: str | None) -> int:
    if text is None:
        return DEFAULT_DAYS
    if not (text.isascii() and text.isdigit()):
        annotations.ignored("days")
        return DEFAULT_DAYS
    if len(text) > 9 or int(text) > LONGEST_DAYS:
        annotations.ignored("days")
        return LONGEST_DAYS
    return int(text)
