"""Back-tests of strategies on the prices of a symbol."""

from dataclasses import dataclass
from typing import Final

from tandem.tokimeki.markets.backtest import Backtest, Fill, backtest
from tandem.tokimeki.markets.spans import LONGEST_DAYS, Recent, period
from tandem.tokimeki.markets.strategies import STRATEGIES, WARM_UP, Strategy
from tandem.tokimeki.services.computing import computed
from tandem.tokimeki.services.price_service import NoPricesError, PriceService

WARM_UP_DAYS: Final = 120
"""Calendar days before the period that the slowest strategy's averages are taken from."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A back-test over the asked period, and what a reader must know of that period."""

    test: Backtest
    notice: str | None


class StrategyService:
    """Follows a strategy over a period that ends at the source's last day."""

    def __init__(self, prices: PriceService) -> None:
        """Take prices from ``prices``."""
        self._prices = prices

    async def run(self, symbol: str, strategy: Strategy, wanted: str, *, costs: float, fill: Fill) -> Tested:
        """Return the back-test; signals may look back beyond the begin of the period, never beyond their own day.

        Raises InvalidInputError for a period that cannot be read, and what PriceService raises.
        """
        span = period(wanted)
        longer = Recent(min(LONGEST_DAYS, span.days + WARM_UP_DAYS))
        bars = await self._prices.bars(symbol, longer)
        signals = await computed(len(bars) * WARM_UP, STRATEGIES[strategy], bars.close)
        inside = bars.between(span.first(bars.as_of), bars.as_of)
        if not len(inside):
            raise NoPricesError(
                f"{bars.source} has no prices of {bars.symbol} in that time; its last are of {bars.as_of}"
            )
        test = backtest(inside, signals[len(bars) - len(inside) :], costs=costs, fill=fill)
        return Tested(test, self._prices.notice(bars, span))
