"""Several sources, asked one after the other."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.services.quotes.provider import (
    QuoteProvider,
    QuotesUnavailableError,
    UnknownSymbolError,
)


class QuoteChain:
    """The first source that knows the symbol and can be asked answers, and the answer names it.

    Fail mode: when no source has an answer, one that could not be asked makes it QuotesUnavailableError: it may know the
    symbol. Only when all have said that they do not know it, it is UnknownSymbolError.
    """

    def __init__(self, sources: Sequence[QuoteProvider]) -> None:
        """Ask ``sources`` in their order."""
        self._sources = tuple(sources)

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """See the protocol."""
        return await self._first(lambda source: source.history(symbol, first, last))

    async def latest(self, symbol: str, days: int) -> Bars:
        """See the protocol."""
        return await self._first(lambda source: source.latest(symbol, days))

    async def _first(self, ask: Callable[[QuoteProvider], Awaitable[Bars]]) -> Bars:
        unavailable: QuotesUnavailableError | None = None
        unknown: UnknownSymbolError | None = None
        for source in self._sources:
            try:
                return await ask(source)
            except QuotesUnavailableError as error:
                unavailable = unavailable or error
            except UnknownSymbolError as error:
                unknown = unknown or error
        raise unavailable or unknown or QuotesUnavailableError("no source of prices is configured")
