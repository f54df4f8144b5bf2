"""The price sources that the settings name, put together."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tandem import __version__
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.redis import RedisStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import Clock
from tandem.core.errors import ConfigurationError
from tandem.core.http.client import HttpClient
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.tokimeki.services.quotes.chain import QuoteChain
from tandem.tokimeki.services.quotes.files import FileQuotes
from tandem.tokimeki.services.quotes.fundamentals import NoFundamentals, YahooFundamentals, is_installed
from tandem.tokimeki.services.quotes.kept import TAG, KeptQuotes
from tandem.tokimeki.services.quotes.metrics import QuoteMetrics
from tandem.tokimeki.services.quotes.pace import HostPace
from tandem.tokimeki.services.quotes.provider import FundamentalsProvider, QuoteProvider
from tandem.tokimeki.services.quotes.rate import Rate
from tandem.tokimeki.services.quotes.sample import SampleQuotes
from tandem.tokimeki.services.quotes.yahoo import YahooQuotes

MEMORY: Final = 32 * 1024 * 1024
"""Bytes of prices kept per worker: about 250 symbols over three years."""
BURST: Final = 100
"""Calls that may come at once after a quiet time: the 44 tickers twice."""
PATIENCE: Final = 3.0
"""Seconds that a call waits for its place."""


@dataclass(frozen=True, slots=True)
class Market:
    """A resource: all sources of prices, and what is kept of them."""

    quotes: QuoteProvider
    fundamentals: FundamentalsProvider
    cache: TieredCache
    pace: HostPace | None
    kept: tuple[KeptQuotes, ...]

    async def open(self) -> None:
        """Nothing to open: connections are made when they are needed."""

    async def close(self) -> None:
        """Stop what is being fetched and close connections."""
        await self.cache.close()
        await self.fundamentals.close()
        if self.pace is not None:
            await self.pace.close()

    async def ping(self) -> None:
        """Never raises: every loss has a stand-in, and an answer tells what it came from."""

    async def clear(self) -> None:
        """Make everything that is kept unusable, in Redis too."""
        await self.cache.invalidate(TAG)
        self.forget()

    def forget(self) -> None:
        """Drop what this worker keeps in memory."""
        self.cache.memory.empty()
        for one in self.kept:
            one.forget()


def market(settings: Settings, http: HttpClient, clock: Clock, registry: Metrics) -> Market:
    """Return the sources that ``settings`` name; raises ConfigurationError for one that cannot work."""

    def now() -> float:
        return clock.now().timestamp()

    redis = settings.redis_url.get_secret_value() if settings.redis_url is not None else None
    shared = None
    if redis is not None:
        shared = RedisStore(
            redis,
            f"tandem:quotes:{__version__}:",
            now=now,
            monotonic=clock.monotonic,
            timeout=settings.cache_timeout,
        )
    cache = TieredCache(MemoryStore(now, size=MEMORY), shared, now)
    metrics = QuoteMetrics.declare(registry)
    pace: HostPace | None = None
    sources: list[QuoteProvider] = []
    kept: list[KeptQuotes] = []
    for name in settings.quotes:
        if name == "yahoo":
            pace = _pace(settings, redis)
            kept.append(KeptQuotes("yahoo", _yahoo(settings, http, pace, clock), cache, clock, metrics))
            sources.append(kept[-1])
        else:
            sources.append(SampleQuotes() if name == "sample" else _files(settings))
    return Market(
        sources[0] if len(sources) == 1 else QuoteChain(sources),
        _fundamentals(settings, cache, clock, metrics),
        cache,
        pace,
        tuple(kept),
    )


def _fundamentals(
    settings: Settings, cache: TieredCache, clock: Clock, metrics: QuoteMetrics
) -> FundamentalsProvider:
    if "yahoo" not in settings.quotes:
        return NoFundamentals(
            "the configured price sources tell no figures of companies; TANDEM_QUOTES=yahoo does"
        )
    if not is_installed():
        return NoFundamentals("figures of companies need yfinance: pip install 'tandem[yahoo]'")
    return YahooFundamentals(cache, clock, metrics)


def _pace(settings: Settings, redis: str | None) -> HostPace:
    rate = Rate(settings.yahoo_per_minute, min(BURST, settings.yahoo_per_minute), PATIENCE)
    host = urlsplit(settings.yahoo_url).netloc
    return HostPace.of(rate, host, redis_url=redis, shared=settings.run_dir, timeout=settings.cache_timeout)


def _yahoo(settings: Settings, http: HttpClient, pace: HostPace, clock: Clock) -> YahooQuotes:
    return YahooQuotes(
        http, pace, clock, url=settings.yahoo_url, in_flight=settings.yahoo_in_flight, timeout=settings.yahoo_timeout,
        user_agent=settings.yahoo_user_agent,
    )  # fmt: skip


def _files(settings: Settings) -> FileQuotes:
    if settings.quotes_dir is None or not settings.quotes_dir.expanduser().is_dir():
        raise ConfigurationError(
            "TANDEM_QUOTES names `files`; TANDEM_QUOTES_DIR must then name a directory of prices"
        )
    return FileQuotes(settings.quotes_dir.expanduser().resolve())
