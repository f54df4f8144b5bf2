"""Prices through Yahoo's place: at once, once, and with each fault kept to its own symbol."""

import asyncio
import datetime as dt
import time

import pytest

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.listings import COMPANIES
from tandem.tokimeki.markets.spans import Recent, period
from tandem.tokimeki.services.market_service import MarketService
from tandem.tokimeki.services.quotes.kept import STALE_SECONDS, UNKNOWN_SECONDS

MONTH = Recent(31)
YEAR = Recent(365)


async def test_eighteen_symbols_at_once(prices, yahoo):
    """Two rounds of nine calls instead of eighteen, one after the other."""
    yahoo.latency = 0.3
    began = time.monotonic()
    found = await prices().by_name(list(COMPANIES), Recent(1095))
    took = time.monotonic() - began
    assert [entry["symbol"] for entry in found.values()] == list(COMPANIES)
    assert all(len(entry["closes"]) > 700 for entry in found.values())
    assert yahoo.statistics.most_in_flight == 9
    assert took < 4, f"{took:.2f} s; one after the other they would take 5.4 s (bench/quotes.py measures it)"


async def test_a_hundred_at_once_make_one_call_a_symbol(prices, yahoo):
    """Single flight."""
    yahoo.latency = 0.05
    service, wanted = prices(), ["AAPL", "MSFT", "ES=F", "^VIX", "BRK-B", "GAMMA.V"]
    answers = await asyncio.gather(*(service.by_name(wanted, MONTH) for _ in range(100)))
    assert yahoo.statistics.by_symbol == dict.fromkeys(wanted, 1)
    assert all(one["ES=F"]["dates"] == answers[0]["ES=F"]["dates"] for one in answers)


async def test_who_leaves_harms_nobody(prices, yahoo):
    """The first reader is cancelled while the call is under way; the second one gets its answer."""
    yahoo.latency = 0.1
    service = prices()
    first = asyncio.create_task(service.by_name(["AAPL"], MONTH))
    await asyncio.sleep(0.03)
    second = asyncio.create_task(service.by_name(["AAPL"], MONTH))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second)["Apple"]["dates"]
    assert yahoo.statistics.calls == 1


async def test_a_dead_symbol_costs_its_own_entry(prices, yahoo):
    """And is not asked for again for a while."""
    yahoo.dead.add("GONE")
    service = prices()
    for _ in range(3):
        found = await service.by_name(["AAPL", "GONE", "MSFT"], MONTH)
        assert set(found) == {"Apple", "GONE", "Microsoft"}
        assert set(found["GONE"]) == {"symbol", "error", "code"}
        assert found["GONE"]["code"] == "unknown_symbol"
        assert found["Apple"]["dates"]
    assert yahoo.statistics.by_symbol["GONE"] == 1
    yahoo.dead.clear()
    service.clock.move(dt.timedelta(seconds=UNKNOWN_SECONDS + 1))
    assert (await service.by_name(["GONE"], MONTH))["GONE"]["dates"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("429", "quotes_rate_limited"),
        ("text", "quotes_rate_limited"),
        ("html", "quotes_malformed"),
        ("half", "quotes_malformed"),
        ("cut", "quotes_unavailable"),
        ("shape", "quotes_malformed"),
        ("null", "quotes_malformed"),
        ("lengths", "quotes_malformed"),
        ("500", "quotes_malformed"),
        ("reset", "quotes_unavailable"),
        ("mute", "quotes_unavailable"),
    ],
)
async def test_a_poisoned_answer_is_no_price(prices, yahoo, fault, code):
    """It is an error of its symbol, and nothing of it is kept."""
    yahoo.poison["TSLA"] = fault
    service = prices(yahoo_timeout=1.5 if fault == "mute" else 10.0)
    found = await service.by_name(["TSLA", "AAPL"], MONTH)
    assert (found["Tesla"]["code"], set(found["Tesla"])) == (code, {"symbol", "error", "code"})
    assert found["Apple"]["dates"]
    yahoo.poison.clear()
    assert (await service.by_name(["TSLA"], MONTH))["Tesla"]["dates"]


async def test_without_yahoo_old_prices_say_so(prices, yahoo):
    """Stale with ``as_of`` for three days, then an error; back by itself."""
    service = prices()
    fresh = (await service.by_name(["AAPL"], YEAR))["Apple"]
    assert fresh["stale"] is False
    await yahoo.close()
    service.clock.move(dt.timedelta(hours=30))
    old = await service.by_name(["AAPL", "MSFT"], YEAR)
    assert old["Apple"]["stale"] is True
    assert old["Apple"]["as_of"] == fresh["as_of"]
    assert set(fresh["dates"][-20:]) <= set(old["Apple"]["dates"])
    assert old["Microsoft"]["code"] == "quotes_unavailable"
    service.clock.move(dt.timedelta(seconds=STALE_SECONDS + 86_400))
    assert (await service.by_name(["AAPL"], YEAR))["Apple"]["code"] == "quotes_unavailable"
    await yahoo.open()
    service.clock.move(dt.timedelta(seconds=5))
    again = (await service.by_name(["AAPL"], YEAR))["Apple"]
    assert again["stale"] is False


async def test_a_failing_yahoo_is_left_alone(prices, yahoo):
    """After ten failures in a row nobody waits for it for a moment."""
    yahoo.poison["*"] = "500"
    service = prices(yahoo_in_flight=1)
    found = await service.by_name([f"X{number}" for number in range(14)], MONTH)
    assert {entry["code"] for entry in found.values()} == {"quotes_malformed", "quotes_unavailable"}
    assert yahoo.statistics.calls == 10
    yahoo.poison.clear()
    service.clock.move(dt.timedelta(seconds=3))
    assert (await service.by_name(["AAPL"], MONTH))["Apple"]["dates"]


async def test_too_many_requests_pause_everybody(prices, yahoo, tmp_path):
    """When Yahoo goes on saying so, nobody asks for as long as it wants, in the other workers neither."""
    yahoo.poison["*"] = "429"
    one, other = (prices(yahoo_in_flight=1, run_dir=tmp_path) for _ in range(2))
    began = time.monotonic()
    found = await one.by_name([f"X{number}" for number in range(14)], MONTH)
    assert {entry["code"] for entry in found.values()} == {"quotes_rate_limited"}
    assert yahoo.statistics.calls == 10
    yahoo.poison.clear()
    assert (await other.by_name(["AAPL"], MONTH))["Apple"]["dates"]
    assert time.monotonic() - began >= 1  # what its Retry-After says


async def test_several_poisoned_symbols_cost_their_own_entries(prices, yahoo):
    """Of eighteen, the first six in six ways."""
    wanted = list(COMPANIES)
    yahoo.poison.update(zip(wanted, ("429", "html", "half", "500", "reset", "shape"), strict=False))
    found = await prices().by_name(wanted, MONTH)
    assert [entry["symbol"] for entry in found.values() if "error" in entry] == wanted[:6]


async def test_days_share_a_call(prices, yahoo):
    """Readers of about the same days are answered by one call, each with the days that they asked for."""
    service = prices()
    long, short = await service.by_name(["AAPL"], Recent(365)), await service.by_name(["AAPL"], Recent(364))
    assert yahoo.statistics.calls == 1
    assert long["Apple"]["dates"][-1] == short["Apple"]["dates"][-1]
    assert len(long["Apple"]["dates"]) - len(short["Apple"]["dates"]) in (0, 1)


async def test_two_workers_share_redis(prices, yahoo, redis_server):
    """What one worker has fetched, another one finds; what Redis loses, each fetches for itself."""
    one, other = (prices(redis_url=redis_server.url, cache_timeout=1.0) for _ in range(2))
    mine = await one.by_name(["AAPL"], MONTH)
    theirs = await other.by_name(["AAPL"], MONTH)
    assert mine["Apple"]["closes"].tolist() == theirs["Apple"]["closes"].tolist()
    assert yahoo.statistics.calls == 1
    redis_server.kill()
    assert (await other.by_name(["MSFT"], MONTH))["Microsoft"]["dates"]
    assert yahoo.statistics.calls == 2


async def test_a_chain_asks_the_next_source(prices, yahoo):
    """What Yahoo does not know or cannot tell, the sample may; the answer names it."""
    service = prices(quotes=("yahoo", "sample"))
    yahoo.dead.add("IBM")
    yahoo.poison["MSFT"] = "500"
    yahoo.poison["TSLA"] = "500"
    found = await service.by_name(["AAPL", "IBM", "MSFT", "TSLA"], MONTH)
    assert [found[name]["source"] for name in ("Apple", "IBM", "Microsoft")] == ["yahoo", "sample", "sample"]
    assert found["IBM"]["as_of"] == "2013-03-01"
    assert "2013-03-01" in found["IBM"]["notice"]
    assert found["Tesla"]["code"] == "quotes_malformed"


async def test_too_much_at_once(prices):
    """A hundred thousand days are enough for one answer."""
    service = prices()
    markets = MarketService(service._prices, service.clock)
    with pytest.raises(InvalidInputError, match="fewer symbols"):
        await markets.histories([f"S{number}" for number in range(12)], period("max"))
    assert len((await markets.histories(["S1", "S2"], period("max")))["series"]) == 2
