"""Price histories as the old service's page reads them."""

from collections.abc import Sequence
from typing import Any

from tandem.core import annotations
from tandem.core.errors import OperationalError, TandemError
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.listings import display_name
from tandem.tokimeki.markets.spans import Span
from tandem.tokimeki.services.price_service import PriceService


class HistoryService:
    """Contract 2.8: a map of display names to an entry each, of prices or of an error; never an invented price."""

    def __init__(self, prices: PriceService) -> None:
        """Take prices from ``prices``."""
        self._prices = prices

    async def by_name(self, symbols: Sequence[str], span: Span) -> dict[str, dict[str, Any]]:
        """Return an entry for each of ``symbols``; the current day, whose price is not final, is left out."""
        found = await self._prices.many(symbols, span)
        return {display_name(symbol): self._entry(symbol, one, span) for symbol, one in found.items()}

    def _entry(self, symbol: str, found: Bars | TandemError, span: Span) -> dict[str, Any]:
        if isinstance(found, TandemError):
            if isinstance(found, OperationalError):
                annotations.do_not_keep()
            return {"symbol": symbol, "error": found.message, "code": found.code}
        bars = found.before(self._prices.today)
        if not len(bars):
            return {"symbol": symbol, "error": "the only price in that time is today's", "code": "no_prices"}
        if bars.stale:
            annotations.do_not_keep()
        entry = {
            "symbol": symbol, "dates": bars.iso_dates, "closes": bars.close, "source": bars.source,
            "as_of": bars.as_of.isoformat(), "stale": bars.stale, "currency": bars.currency,
        }  # fmt: skip
        notice = self._prices.notice(bars, span)
        return entry if notice is None else entry | {"notice": notice}
