"""Kept answers with a lifetime: one for everybody, old ones behind the scenes made anew, and in place of failures."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Annotated

import httpx2
import pytest
from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse

from tandem.core.cache.entry import Lifetime
from tandem.core.cache.memory import MemoryStore
from tandem.core.cache.tiered import TieredCache
from tandem.core.clock import FixedClock
from tandem.core.database.version_board import VersionBoard
from tandem.core.errors import ConfigurationError
from tandem.core.middleware.cached_routes import CachedRoutes, cached_for
from tandem.core.middleware.response_cache import Backing, ResponseCache, ResponseCacheMiddleware

START = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)


def good_for(parameters: Mapping[str, str], now: dt.datetime) -> Lifetime:
    """An hour for days of the past, ten seconds for today."""
    fresh = 3600 if parameters.get("day", "") < now.date().isoformat() else 10
    return Lifetime(fresh, stale=20, errors=600, jitter=0.0)


class Prices:
    """An app with one route, whose answers are counted and may fail."""

    def __init__(self) -> None:
        self.clock = FixedClock(START)
        self.count, self.status = 0, 200
        self.app = FastAPI()

        @self.app.get("/prices/{symbol}")
        @cached_for(good_for)
        async def prices(symbol: str, day: str = "") -> JSONResponse:
            self.count += 1
            await asyncio.sleep(0)
            return JSONResponse({"symbol": symbol, "day": day, "made": self.count}, self.status)

        # The database is away all the time: these answers do not need it.
        board = VersionBoard(listening=lambda: False, read=self._no_database, clock=self.clock)
        now = lambda: self.clock.now().timestamp()  # noqa: E731
        self.responses = ResponseCache("en")
        self.responses.open(self.app, Backing(TieredCache(MemoryStore(now), None, now), board, self.clock))
        transport = httpx2.ASGITransport(ResponseCacheMiddleware(self.app, responses=self.responses))
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://service")

    async def _no_database(self, _user: str) -> int:
        raise AssertionError("the database is asked")

    async def get(self, path: str = "/prices/AAPL?day=2026-03-04", **headers: str) -> tuple[str, int]:
        """What X-Cache says, and the number of the answer."""
        answer = await self.client.get(path, headers=headers)
        return answer.headers["x-cache"], answer.json()["made"]

    def later(self, seconds: float) -> None:
        self.clock.move(dt.timedelta(seconds=seconds))


async def test_one_answer_for_everybody_while_it_is_good() -> None:
    """Neither the caller nor undeclared parameters are in the key; path and declared parameters are."""
    prices = Prices()
    assert await prices.get() == ("miss", 1)
    assert await prices.get(**{"x-user-id": "ann"}) == ("hit", 1)
    assert await prices.get("/prices/AAPL?utm=1&day=2026-03-04") == ("hit", 1)
    assert (await prices.get("/prices/MSFT?day=2026-03-04"))[0] == "miss"
    prices.later(9)
    answer = await prices.client.get("/prices/AAPL?day=2026-03-04")
    assert (answer.headers["x-cache"], answer.headers["age"]) == ("hit", "9")
    same = await prices.client.get(
        "/prices/AAPL?day=2026-03-04", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert same.status_code == 304


async def test_the_lifetime_may_depend_on_what_is_asked() -> None:
    """Yesterday's prices are good for an hour."""
    prices = Prices()
    await prices.get("/prices/AAPL?day=2026-03-03")
    prices.later(3000)
    assert (await prices.get("/prices/AAPL?day=2026-03-03"))[0] == "hit"


async def test_an_old_answer_is_given_at_once_and_made_anew_behind_it() -> None:
    """Ten readers within the stale seconds get the old answer, and cost one new one."""
    prices = Prices()
    await prices.get()
    prices.later(15)
    answers = [await prices.client.get("/prices/AAPL?day=2026-03-04") for _ in range(3)]
    assert {one.json()["made"] for one in answers[:1]} == {1}
    assert answers[0].headers["x-cache"] == "stale"
    assert (answers[0].headers["age"], answers[0].headers["x-data-as-of"]) == (
        "15",
        "2026-03-04T10:00:00+00:00",
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert await prices.get() == ("hit", 2)
    assert prices.count == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_old_answer_stands_in_for_a_failure(status: int) -> None:
    """For as long as the route says; after that the failure is told. What was kept is not lost by it."""
    prices = Prices()
    await prices.get()
    prices.status = status
    prices.later(300)
    assert await prices.get() == ("stale", 1)
    prices.later(400)
    answer = await prices.client.get("/prices/AAPL?day=2026-03-04")
    assert answer.status_code == status
    prices.status = 200
    assert (await prices.get())[0] == "miss"


async def test_a_callers_mistake_is_not_hidden() -> None:
    """404 is an answer about what was asked, and is not kept."""
    prices = Prices()
    await prices.get()
    prices.status = 404
    prices.later(300)
    answers = [await prices.client.get("/prices/AAPL?day=2026-03-04") for _ in range(2)]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["made"] != answers[1].json()["made"]


async def test_wishes_are_heard() -> None:
    """no-store and no-cache ask the endpoint, only-if-cached never does."""
    prices = Prices()
    control = lambda value: prices.client.get("/prices/A", headers={"Cache-Control": value})  # noqa: E731
    assert (await control("only-if-cached")).status_code == 504
    assert (await control("no-store")).headers["x-cache"] == "bypass"
    assert (await control("no-cache")).json()["made"] == 2
    assert (await control("only-if-cached")).json()["made"] == 2


def test_a_route_that_reads_who_asks_is_refused() -> None:
    """Its answers would go to others."""
    app = FastAPI()

    @app.get("/mine")
    @cached_for(Lifetime(60))
    async def mine(x_user_id: Annotated[str, Header()]) -> str:
        return x_user_id

    with pytest.raises(ConfigurationError, match="x-user-id"):
        CachedRoutes(app)
