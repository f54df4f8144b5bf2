"""The one protocol of price sources."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from tandem.core.errors import NotFoundError, OperationalError
from tandem.tokimeki.markets.bars import Bars


class UnknownSymbolError(NotFoundError):
    """The source has never heard of the symbol."""

    code = "unknown_symbol"


class QuotesUnavailableError(OperationalError):
    """The source cannot be asked right now."""

    code = "quotes_unavailable"


@dataclass(frozen=True, slots=True)
class Fundamentals:
    """Figures of a company as its source tells them; None: unknown.

    ``pe_ratio`` is a ratio; ``roe``, ``eps_growth`` (latest quarter against the year before) and ``profit_margin`` are fractions;
    ``debt_to_equity`` is in percent; ``operating_cash_flow`` in the listing currency over twelve months. ``notice`` says why nothing is known.
    """

    pe_ratio: float | None = None
    roe: float | None = None
    debt_to_equity: float | None = None
    eps_growth: float | None = None
    profit_margin: float | None = None
    operating_cash_flow: float | None = None
    source: str = "none"
    as_of: dt.date | None = None
    stale: bool = False
    notice: str | None = None


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


class FundamentalsProvider(Protocol):
    """A source of a company's figures."""

    async def fundamentals(self, symbol: str) -> Fundamentals:
        """Return what is known, all None where nothing is; raises UnknownSymbolError, QuotesUnavailableError."""

    async def close(self) -> None:
        """Let go of everything."""
