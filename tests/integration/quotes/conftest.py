"""Price sources beside a server in Yahoo's place, on the test's own loop."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tandem.bench.upstreams.yahoo import YahooUpstream
from tandem.core.clock import FixedClock
from tandem.core.http.client import HttpClient
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.tokimeki.services.history_service import HistoryService
from tandem.tokimeki.services.price_service import PriceService
from tandem.tokimeki.services.quotes.configured import Market, market


class Prices(HistoryService):
    """The service with everything below it."""

    def __init__(self, opened: Market, clock: FixedClock) -> None:
        super().__init__(PriceService(opened.quotes, clock))
        self.market, self.clock, self.quotes = opened, clock, opened.quotes


@pytest.fixture
async def yahoo() -> AsyncIterator[YahooUpstream]:
    """Yahoo's place."""
    async with YahooUpstream() as upstream:
        yield upstream


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest.fixture
async def prices(
    yahoo: YahooUpstream, http: HttpClient, tmp_path: Path
) -> AsyncIterator[Callable[..., Prices]]:
    """``prices(**settings)``: a service as one worker has it, at noon of today in New York's winter."""
    stack = AsyncExitStack()
    clock = FixedClock(dt.datetime.now(dt.UTC).replace(hour=17, minute=0))

    def begin(**settings: Any) -> Prices:
        told = {"quotes": ("yahoo",), "yahoo_url": yahoo.url, "home": tmp_path, "yahoo_timeout": 10.0}
        opened = market(Settings(**(told | settings)), http, clock, Metrics(None, worker="test"))
        stack.push_async_callback(opened.close)
        return Prices(opened, clock)

    yield begin
    await stack.aclose()
