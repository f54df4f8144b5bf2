"""Playbooks applied to a company."""

import asyncio
from dataclasses import dataclass
from typing import Final

from tandem.core.errors import NotFoundError, OperationalError
from tandem.tokimeki.markets.playbook_rules import Figures, Verdict, judge
from tandem.tokimeki.markets.playbooks import PLAYBOOKS, RISK_MANAGER, Playbook
from tandem.tokimeki.markets.risk import risk
from tandem.tokimeki.markets.spans import Recent
from tandem.tokimeki.markets.symbol_names import checked_symbol
from tandem.tokimeki.services.price_service import NoPricesError, PriceService
from tandem.tokimeki.services.quotes.provider import (
    Fundamentals,
    FundamentalsProvider,
    UnknownSymbolError,
)

YEAR: Final = Recent(365)
FEWEST_RETURNS: Final = 60
"""Daily returns below which volatility and drawdown of a year are unknown."""


class UnknownPlaybookError(NotFoundError):
    """There is no playbook of that name."""

    code = "unknown_playbook"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a playbook says of a company, by which figures, and where they come from."""

    playbook: Playbook
    verdict: Verdict
    figures: Figures
    source: str
    as_of: str | None
    stale: bool
    notice: str | None


@dataclass(frozen=True, slots=True)
class _Year:
    volatility: float | None = None
    drawdown: float | None = None
    source: str = "none"
    as_of: str | None = None
    stale: bool = False
    known: bool = True
    """Whether the price source knows the symbol."""


class PlaybookService:
    """Judges by what is known; what is not known stays unknown."""

    def __init__(self, prices: PriceService, fundamentals: FundamentalsProvider) -> None:
        """Take prices and figures from these."""
        self._prices, self._fundamentals = prices, fundamentals

    async def judge(self, symbol: str, name: str) -> Judged:
        """Return the verdict of the playbook called ``name``.

        Raises UnknownPlaybookError, InvalidSymbolError, UnknownSymbolError when no source knows the symbol, and
        QuotesUnavailableError when what the playbook looks at cannot be asked for.
        """
        playbook = PLAYBOOKS.get(name)
        if playbook is None:
            raise UnknownPlaybookError(f"there is no playbook {name[:60]!r}; GET /playbooks lists them")
        symbol = checked_symbol(symbol)
        told, year = await asyncio.gather(self._told(symbol, playbook), self._year(symbol, playbook))
        if told is None or (not year.known and told.source == "none"):
            raise UnknownSymbolError(f"no source knows {symbol}")
        figures = Figures(
            pe_ratio=told.pe_ratio, roe=told.roe, debt_to_equity=told.debt_to_equity, eps_growth=told.eps_growth,
            profit_margin=told.profit_margin, operating_cash_flow=told.operating_cash_flow,
            volatility=year.volatility, drawdown=year.drawdown,
        )  # fmt: skip
        by_price = playbook is RISK_MANAGER
        day = None if told.as_of is None else told.as_of.isoformat()
        return Judged(
            playbook=playbook, verdict=judge(playbook, figures), figures=figures,
            source=year.source if by_price else told.source, as_of=year.as_of if by_price else day,
            stale=year.stale if by_price else told.stale, notice=told.notice,
        )  # fmt: skip

    async def _told(self, symbol: str, playbook: Playbook) -> Fundamentals | None:
        """Return the company's figures; None when their source does not know it."""
        try:
            return await self._fundamentals.fundamentals(symbol)
        except UnknownSymbolError:
            return Fundamentals() if playbook is RISK_MANAGER else None
        except OperationalError:
            if playbook is RISK_MANAGER:
                return Fundamentals()
            raise

    async def _year(self, symbol: str, playbook: Playbook) -> _Year:
        try:
            bars = await self._prices.bars(symbol, YEAR)
        except UnknownSymbolError:
            return _Year(known=False)
        except (NoPricesError, OperationalError):
            if playbook is RISK_MANAGER:
                raise
            return _Year()
        source, as_of = bars.source, bars.as_of.isoformat()
        if len(bars) <= FEWEST_RETURNS:
            return _Year(source=source, as_of=as_of, stale=bars.stale)
        found = risk(bars.returns)
        return _Year(found.volatility, found.max_drawdown, source, as_of, bars.stale)
