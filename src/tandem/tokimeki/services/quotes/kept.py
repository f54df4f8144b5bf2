"""Prices that were asked for are kept as long as they stay true, and longer where their source fails.

Key: source, symbol and one of a few windows around the asked days, so that all readers of about the same days share one
call. Identical calls that overlap are made once; the call belongs to the cache, so a reader who leaves harms
nobody. A price lives by the hours of its market (:mod:`tandem.tokimeki.markets.hours`): seconds while it is open, else
until it opens again. A symbol that the source does not know is not asked for again for ten minutes, in this worker.

Fail mode: a source that cannot be asked is stood in for by what it said before, for three days, marked ``stale``; without
any such answer its error goes to the reader. Without Redis every worker keeps for itself.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tandem.core.cache.entry import Lifetime
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import Clock
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.hours import LONGEST_SECONDS, fresh_seconds
from tandem.tokimeki.services.quotes.bars_codec import BARS
from tandem.tokimeki.services.quotes.metrics import QuoteMetrics
from tandem.tokimeki.services.quotes.provider import QuoteProvider, UnknownSymbolError

STALE_SECONDS: Final = 3 * 86_400.0
"""How long an old price is better than none; it says how old it is."""
UNKNOWN_SECONDS: Final = 600.0
MOST_UNKNOWN: Final = 2_000

RECENT_DAYS: Final = (100, 400, 1_130, 1_900, 3_700, 36_525)
"""Lengths of the windows up to the current day: a few months, one, three, five, ten, a hundred years."""
ABOUT_TODAY: Final = 7
"""Days since which a span that ended lately is answered from the same windows."""

TAG: Final = "quotes"
"""By which an operator can make all kept prices unusable."""


class UnknownSymbols:
    """What a source has said that it does not know; bounded, the oldest leave first."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Begin with none; ``monotonic`` gives seconds."""
        self._monotonic = monotonic
        self._until: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def add(self, symbol: str, message: str) -> None:
        """Remember ``symbol`` for UNKNOWN_SECONDS."""
        self._until[symbol] = (self._monotonic() + UNKNOWN_SECONDS, message)
        self._until.move_to_end(symbol)
        if len(self._until) > MOST_UNKNOWN:
            self._until.popitem(last=False)

    def check(self, symbol: str) -> None:
        """Raise UnknownSymbolError for a symbol that is remembered."""
        found = self._until.get(symbol)
        if found is None:
            return
        until, message = found
        if self._monotonic() < until:
            raise UnknownSymbolError(message)
        del self._until[symbol]

    def clear(self) -> None:
        """Forget all."""
        self._until.clear()


class KeptQuotes:
    """A :class:`~.provider.QuoteProvider` in front of another one; see the module's text."""

    def __init__(
        self, name: str, source: QuoteProvider, cache: TieredCache, clock: Clock, metrics: QuoteMetrics
    ) -> None:
        """Keep what ``source``, called ``name``, says in ``cache``."""
        self._name, self._source, self._cache, self._clock = name, source, cache, clock
        self._metrics = metrics
        self._unknown = UnknownSymbols(clock.monotonic)

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """See the protocol."""
        self._unknown.check(symbol)
        now = self._clock.now()
        window = window_around(first, last, now.date())
        fresh = fresh_seconds(symbol, now) if window.reaches_today else LONGEST_SECONDS
        try:
            found = await self._cache.get_or_load(
                f"{self._name}:{symbol}:{window.name}", lambda: self._fetch(symbol, window),
                codec=BARS, lifetime=Lifetime(fresh, errors=STALE_SECONDS), tags=(TAG,),
            )  # fmt: skip
        except UnknownSymbolError as error:
            self._unknown.add(symbol, error.message)
            raise
        bars = found.value.between(first, last)
        if found.state != "stale":
            return bars
        self._metrics.stale.labels(self._name).inc()
        return replace(bars, stale=True)

    async def latest(self, symbol: str, days: int) -> Bars:
        """See the protocol."""
        today = self._clock.now().date()
        return await self.history(symbol, today - dt.timedelta(days=days), today)

    async def _fetch(self, symbol: str, window: "Window") -> Bars:
        return await self._metrics.counted(
            self._name, self._source.history(symbol, window.first, window.last)
        )

    def forget(self) -> None:
        """Forget which symbols are unknown; prices are dropped through the cache."""
        self._unknown.clear()


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are fetched to answer for some of them."""

    name: str
    """Part of the key; the same tomorrow where the window reaches to the current day, so that an old answer is found."""
    first: dt.date
    last: dt.date
    reaches_today: bool


def window_around(first: dt.date, last: dt.date, today: dt.date) -> Window:
    """Return the window for ``first`` to ``last``.

    Up to about the current day: one of RECENT_DAYS. In the past: whole months, for more than a year whole years.
    """
    if (today - last).days <= ABOUT_TODAY:
        back = (today - min(first, today)).days
        days = next((days for days in RECENT_DAYS if back <= days), back)
        return Window(f"recent-{days}", today - dt.timedelta(days=days), today, reaches_today=True)
    begin = first.replace(day=1) if (last - first).days <= 370 else first.replace(month=1, day=1)
    next_month = (last.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    end = min(next_month - dt.timedelta(days=1), today - dt.timedelta(days=1))
    return Window(f"{begin}-{end}", begin, end, reaches_today=False)
