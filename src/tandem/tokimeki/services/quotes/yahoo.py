"""Daily prices from Yahoo's chart endpoint.

Bounded in three ways: calls in flight per worker, calls a minute over all workers (:mod:`.pace`), seconds per call. Fail
mode: an answer that is no chart, a refused or lost call is QuotesUnavailableError for that symbol alone; after ten in a
row Yahoo is left alone for up to two seconds at a time, and as long as it asks for when it says "too many requests".
"""

import asyncio
import datetime as dt
from typing import Final
from urllib.parse import quote, urlencode

from tandem.core.cache.breaker import Breaker
from tandem.core.clock import Clock
from tandem.core.http.client import HttpClient
from tandem.core.http.errors import HttpError
from tandem.core.http.response import HttpResponse
from tandem.core.http.timeouts import Timeouts
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.services.quotes.pace import HostPace
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError
from tandem.tokimeki.services.quotes.rate import REFUSED
from tandem.tokimeki.services.quotes.yahoo_answer import RateLimitedError, bars_of

LARGEST_ANSWER: Final = 8 * 1024 * 1024
"""Bytes; sixty years of days are 2 MiB."""
FAILURES: Final = 10
"""In a row, after which Yahoo is left alone: more than one request full of poisoned symbols brings about by itself."""

INLINE_BYTES: Final = 256 * 1024
"""About nine years, read in 5 ms; longer answers are read off the event loop."""

OLDEST: Final = dt.date(1900, 1, 1)
NEWEST: Final = dt.date(2200, 1, 1)
"""No price lies outside of these."""

_EPOCH: Final = dt.date(1970, 1, 1)


class YahooQuotes:
    """See the module's text, and :class:`~.provider.QuoteProvider` for the methods. Nothing is kept here."""

    def __init__(  # noqa: PLR0913 - how politely, each by its name
        self, http: HttpClient, pace: HostPace, clock: Clock, *, url: str, in_flight: int, timeout: float,
        user_agent: str,
    ) -> None:  # fmt: skip
        """Ask ``url``: at most ``in_flight`` calls at once, each for ``timeout`` seconds."""
        self._http, self._pace, self._clock = http, pace, clock
        self._url = url.rstrip("/")
        self._slots = asyncio.Semaphore(in_flight)
        self._timeouts = Timeouts(connect=timeout, total=timeout)
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._breaker = Breaker(clock.monotonic, failures=FAILURES)
        self._limited_until = 0.0

    async def history(self, symbol: str, first: dt.date, last: dt.date) -> Bars:
        """See the protocol."""
        # A day more on both sides: Yahoo counts seconds, and days begin at other moments elsewhere.
        question = urlencode({
            "period1": _seconds(max(first, OLDEST) - dt.timedelta(days=1)),
            "period2": _seconds(min(last, NEWEST) + dt.timedelta(days=2)),
            "interval": "1d", "events": "div,splits", "includeAdjustedClose": "true",
        })  # fmt: skip
        address = f"{self._url}/v8/finance/chart/{quote(symbol, safe='')}?{question}"
        async with self._slots:
            return (await self._ask(symbol, address)).between(first, last)

    async def latest(self, symbol: str, days: int) -> Bars:
        """See the protocol."""
        today = self._clock.now().date()
        return await self.history(symbol, today - dt.timedelta(days=days), today)

    async def _ask(self, symbol: str, address: str) -> Bars:
        await self._admitted()
        try:
            answer = await self._http.request(
                "GET", address, headers=self._headers, timeouts=self._timeouts, limit=LARGEST_ANSWER
            )
            bars = await self._read(symbol, answer)
        except HttpError as error:
            self._breaker.failed()
            raise QuotesUnavailableError(f"Yahoo cannot be asked: {error.message}") from error
        except RateLimitedError as error:
            if self._breaker.failed():
                await self._pace.pause(error.retry_after)
                self._limited_until = self._clock.monotonic() + error.retry_after
            raise
        except QuotesUnavailableError:
            self._breaker.failed()
            raise
        except UnknownSymbolError:
            # A clear answer: Yahoo is well.
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return bars

    async def _read(self, symbol: str, answer: HttpResponse) -> Bars:
        today = self._clock.now().date()
        if len(answer.body) > INLINE_BYTES:
            return await asyncio.to_thread(bars_of, symbol, answer, today)
        return bars_of(symbol, answer, today)

    async def _admitted(self) -> None:
        """Wait for a place; raises QuotesUnavailableError at once while Yahoo is left alone."""
        if self._clock.monotonic() < self._limited_until:
            raise RateLimitedError("Yahoo limits our requests")
        wait = await self._pace.take()
        if wait == REFUSED:
            raise RateLimitedError("as much was asked of Yahoo as we allow ourselves", retry_after=5)
        await asyncio.sleep(wait)
        if not self._breaker.admits():
            raise QuotesUnavailableError(
                "Yahoo has failed several times in a row and is left alone for a moment"
            )


def _seconds(day: dt.date) -> int:
    return (day - _EPOCH).days * 86_400
