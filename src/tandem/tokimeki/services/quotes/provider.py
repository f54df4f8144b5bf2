"""The one protocol of price sources."""

import datetime as dt
from typing import Protocol

from tandem.core.errors import NotFoundError, OperationalError
from tandem.tokimeki.markets.bars import Bars


class UnknownSymbolError(NotFoundError):
    """The source has never heard of the symbol."""

    code = "unknown_symbol"


class QuotesUnavailableError(OperationalError):
    """The source cannot be asked right now."""

    code = "quotes_unavailable"


class QuoteProvider(Protocol):
    """A source of daily prices; it never invents one."""

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """Return the trading days from ``first`` to ``last``, taken literally; may be empty.

        Raises UnknownSymbolError, QuotesUnavailableError.
        """

    async def latest(self, symbol: str, days: int) -> Bars:
        """Return the last ``days`` calendar days that the source knows, ending at its own last trading day.

        Raises UnknownSymbolError, QuotesUnavailableError.
        """
