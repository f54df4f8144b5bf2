"""A company's figures, from Yahoo through yfinance's ``Ticker``; needs the extra ``yahoo``.

yfinance is synchronous and shares state between its downloads: only ``Ticker.info`` is used, in two threads of its own, and
no more than MOST_WAITING may wait for them. Figures are kept for six hours and change with quarterly reports. Fail mode: figures
of up to a week ago, marked ``stale``, then QuotesUnavailableError.
"""

import asyncio
import datetime as dt
import importlib
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Final

from tandem.core.cache.breaker import Breaker
from tandem.core.cache.codecs import TypedCodec
from tandem.core.cache.entry import Lifetime
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import Clock
from tandem.tokimeki.services.quotes.kept import TAG
from tandem.tokimeki.services.quotes.metrics import QuoteMetrics
from tandem.tokimeki.services.quotes.provider import Fundamentals, QuotesUnavailableError, UnknownSymbolError

NAME: Final = "yahoo-fundamentals"
THREADS: Final = 2
MOST_WAITING: Final = 16
SECONDS: Final = 20.0
"""How long one company may take, waiting for a thread included."""

FIELDS: Final[Mapping[str, str]] = {
    "pe_ratio": "trailingPE", "roe": "returnOnEquity", "debt_to_equity": "debtToEquity",
    "eps_growth": "earningsQuarterlyGrowth", "profit_margin": "profitMargins", "operating_cash_flow": "operatingCashflow",
}  # fmt: skip
"""Our names, and yfinance's."""

CODEC: Final[TypedCodec[Fundamentals]] = TypedCodec(Fundamentals)
LIFETIME: Final = Lifetime(6 * 3600.0, errors=6 * 86_400.0)

Info = Callable[[str], Mapping[str, Any]]


class NoFundamentals:
    """Stands where no source of figures is configured: everything is unknown, and ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        """Give ``reason``."""
        self.reason = reason

    async def fundamentals(self, symbol: str) -> Fundamentals:  # noqa: ARG002 - the same for all
        """See the protocol."""
        return Fundamentals(notice=self.reason)

    async def close(self) -> None:
        """Nothing to close."""


class YahooFundamentals:
    """See the module's text."""

    def __init__(
        self, cache: TieredCache, clock: Clock, metrics: QuoteMetrics, info: Info | None = None
    ) -> None:
        """Keep figures in ``cache``; ``info`` asks for those of one symbol, in a thread (default: yfinance)."""
        self._metrics = metrics
        self._cache, self._clock, self._info = cache, clock, info or _from_yfinance
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fundamentals")
        self._waiting = 0
        self._breaker = Breaker(clock.monotonic)

    async def fundamentals(self, symbol: str) -> Fundamentals:
        """See the protocol."""
        found = await self._cache.get_or_load(
            f"fundamentals:{symbol}",
            lambda: self._metrics.counted(NAME, self._fetch(symbol)),
            codec=CODEC,
            lifetime=LIFETIME,
            tags=(TAG,),
        )
        return replace(found.value, stale=True) if found.state == "stale" else found.value

    async def close(self) -> None:
        """Wait for nobody: a thread that still asks ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _fetch(self, symbol: str) -> Fundamentals:
        if self._waiting >= MOST_WAITING:
            raise QuotesUnavailableError("too many companies are being asked for", retry_after=5)
        if not self._breaker.admits():
            raise QuotesUnavailableError(
                "Yahoo has failed several times in a row and is left alone for a moment"
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(SECONDS):
                told = await asyncio.get_running_loop().run_in_executor(self._threads, self._info, symbol)
        except Exception as error:
            # yfinance raises whatever its parts raise.
            self._breaker.failed()
            raise QuotesUnavailableError(f"Yahoo does not tell the figures of {symbol} right now") from error
        except BaseException:
            self._breaker.left()
            raise
        finally:
            self._waiting -= 1
        self._breaker.succeeded()
        return _read(symbol, told, self._clock.now().date())


def _read(symbol: str, told: Mapping[str, Any], today: dt.date) -> Fundamentals:
    if not told.get("quoteType") and not any(told.get(name) is not None for name in FIELDS.values()):
        raise UnknownSymbolError(f"Yahoo does not know {symbol}")
    figure = {ours: _number(told.get(theirs)) for ours, theirs in FIELDS.items()}
    return Fundamentals(
        pe_ratio=figure["pe_ratio"], roe=figure["roe"], debt_to_equity=figure["debt_to_equity"],
        eps_growth=figure["eps_growth"], profit_margin=figure["profit_margin"],
        operating_cash_flow=figure["operating_cash_flow"], source="yahoo", as_of=today,
    )  # fmt: skip


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def is_installed() -> bool:
    """Return whether the extra ``yahoo`` is there; does not load it."""
    return find_spec("yfinance") is not None


def _from_yfinance(symbol: str) -> Mapping[str, Any]:
    # Loaded by the first question: it brings pandas along.
    info: Mapping[str, Any] = importlib.import_module("yfinance").Ticker(symbol).info
    return info
