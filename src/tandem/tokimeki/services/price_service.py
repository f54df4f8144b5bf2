"""Prices of one or many symbols over a span."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Final

from tandem.core.clock import Clock
from tandem.core.errors import InvalidInputError, NotFoundError, OperationalError, TandemError
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.spans import Recent, Span
from tandem.tokimeki.markets.symbol_names import checked_symbol
from tandem.tokimeki.services.quotes.provider import QuoteProvider

OLD_DAYS: Final = 7
"""Days after which the last price of a source is no matter of weekends and holidays any more."""


class NoPricesError(NotFoundError):
    """The source knows the symbol, but no price of it in the asked time."""

    code = "no_prices"


class PriceService:
    """Asks the configured sources; nothing here is invented or filled in."""

    def __init__(self, quotes: QuoteProvider, clock: Clock) -> None:
        """Take prices from ``quotes``."""
        self._quotes, self._clock = quotes, clock

    @property
    def today(self) -> dt.date:
        """The current day."""
        return self._clock.now().date()

    def notice(self, bars: Bars, span: Span) -> str | None:
        """Return what a reader must know of a span that was counted back from a day long past."""
        if isinstance(span, Recent) and (self.today - bars.as_of).days > OLD_DAYS:
            return f"{bars.source} prices end on {bars.as_of}; the asked period is counted back from that day"
        return None

    async def bars(self, symbol: str, span: Span) -> Bars:
        """Return the prices of a symbol, at least one day.

        Raises InvalidSymbolError, UnknownSymbolError, NoPricesError, QuotesUnavailableError.
        """
        symbol = checked_symbol(symbol)
        if isinstance(span, Recent):
            bars = await self._quotes.latest(symbol, span.days)
            if span.this_year:
                bars = bars.between(span.first(bars.as_of), bars.as_of)
        elif span.is_empty:
            raise NoPricesError(f"there is no day between {span.first} and {span.last}")
        else:
            bars = await self._quotes.history(symbol, span.first, span.last)
        if not len(bars):
            raise NoPricesError(
                f"{bars.source} has no prices of {symbol} in that time; its last are of {bars.as_of}"
            )
        return bars

    async def many(self, symbols: Sequence[str], span: Span) -> dict[str, Bars | TandemError]:
        """Return for each of ``symbols`` its prices, or why there are none; all are asked at once."""
        found = await asyncio.gather(*(self._one(symbol, span) for symbol in symbols))
        return dict(zip(symbols, found, strict=True))

    async def _one(self, symbol: str, span: Span) -> Bars | TandemError:
        try:
            return await self.bars(symbol, span)
        except (InvalidInputError, NotFoundError, OperationalError) as error:
            return error
