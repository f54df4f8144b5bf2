"""Real prices: five years of Apple, Microsoft and IBM out of the sample."""

import asyncio

import pytest

from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.services.quotes.sample import SampleQuotes


@pytest.fixture(scope="session")
def sample() -> dict[str, Bars]:
    async def read() -> dict[str, Bars]:
        quotes = SampleQuotes()
        return {symbol: await quotes.latest(symbol, 5 * 365) for symbol in ("AAPL", "MSFT", "IBM")}

    return asyncio.run(read())


@pytest.fixture(params=["AAPL", "MSFT", "IBM"])
def bars(request, sample) -> Bars:
    return sample[request.param]
