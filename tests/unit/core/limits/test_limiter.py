"""What is counted, for whom, and that a refused request costs nothing."""

from itertools import cycle

import pytest

from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.errors import TooManyRequestsError
from tandem.core.limits.accounts import Accounts
from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.quota import Quota
from unit.core.limits.desk import HOUR, Desk


def test_six_hundred_a_minute_then_a_steady_trickle() -> None:
    """The headers tell what is left; after a refusal Retry-After holds."""
    desk = Desk()
    first = desk.ask()
    assert first == {"ratelimit-policy": '"requests";q=600;w=60', "ratelimit": '"requests";r=599;t=1'}
    assert desk.passed(700) == 599
    refused = desk.ask()
    assert refused is not None
    assert (refused["retry-after"], refused["ratelimit"]) == ("1", '"requests";r=0;t=60')
    desk.now += 1.0
    assert desk.passed(50) == 10
    desk.now += 60.0
    assert desk.passed(700) == 600


def test_each_address_and_each_key_for_itself() -> None:
    """One caller's excess is nobody else's; a user's keys together have twice as much as one."""
    desk = Desk(limit_requests=10)
    assert desk.passed(20) == 10
    assert desk.passed(20, address="203.0.113.10") == 10
    passed = [desk.passed(20, key=(f"key{number}", "ann")) for number in range(3)]
    assert passed == [10, 10, 0]
    assert desk.passed(20, key=("other", "bob")) == 10


def test_a_refused_request_takes_nothing() -> None:
    """Neither of the quota that was full, nor of the others: all are checked before any is taken from."""
    desk = Desk(limit_requests=100, limit_model_requests=5)
    assert desk.passed(50, path="/chat", method="POST") == 5
    told = desk.ask()
    assert told is not None
    assert told["ratelimit"].startswith('"requests";r=94;')
    assert desk.passed(500) == 94


@pytest.mark.parametrize("limit", [7, 600, 1_000_000])
def test_the_short_way_counts_as_the_long_one(limit: int) -> None:
    """Whatever the pace, and whether the key or the keys of its user are at the end of theirs: the same headers.

    Nothing is taken by the short way where the long one refuses.
    """
    long, short = Desk(limit_requests=limit), Desk(limit_requests=limit)
    refused, keys = 0, cycle(("k1", "k2", "k1", "k3", "k1"))
    for step in (
        0.0,
        0.0,
        0.001,
        0.3,
        0.0,
        0.0,
        0.05,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        9.0,
        0.0,
        60.0,
        0.25,
    ) * 5:
        long.now += step
        short.now += step
        key = next(keys)
        scope = {"method": "GET", "headers": [], "client": ("203.0.113.9", 1)}
        scope[IDENTITY] = Identity(user="eva", key=key, scope="write")
        plan = short.limiter.plan(scope, "/x")
        assert plan is not None
        seat = short.limiter.seat(plan, short.limiter.caller(scope))
        assert seat is not None
        told, taken = long.ask(key=(key, "eva")), short.limiter.take_now(seat)
        if taken is None:
            refused += 1
            assert told is not None
            assert "retry-after" in told
        else:
            assert told == {name.decode(): value.decode() for name, value in taken}
    assert (refused > 0) == (limit == 7)


def test_a_model_route_tells_both_quotas() -> None:
    """Paths with parameters are of their class too; HEAD is GET; a preflight and a probe are free."""
    desk = Desk()
    told = desk.ask("/v1/anything", "POST")
    assert told is not None
    assert told["ratelimit-policy"] == '"requests";q=600;w=60, "model";q=60;w=60'
    assert desk.ask("/livez") is None
    assert desk.ask("/readyz", "HEAD") is None
    assert desk.ask("/chat", "OPTIONS") is None


def test_this_machine_is_counted_and_not_refused() -> None:
    """While authentication is off; what was beyond the limit is in the metrics."""
    desk = Desk(exempts=True, limit_requests=5)
    assert desk.passed(20, address="127.0.0.1") == 20
    assert desk.passed(20) == 5
    assert desk.metrics.value("exceeded_total", limit="requests", holder="address", outcome="exempt") == 15.0
    assert desk.metrics.value("exceeded_total", limit="requests", holder="address", outcome="refused") == 15.0


def test_the_old_services_limits() -> None:
    """Fixed windows per route and address; a route that the old service did not have has the standard limits."""
    desk = Desk(limits="legacy")
    assert desk.passed(10, path="/chat", method="POST") == 3
    assert desk.passed(10, path="/") == 2
    refused = desk.ask("/")
    assert refused is not None
    assert refused["ratelimit-policy"] == '"home-day";q=5;w=86400, "home-hour";q=2;w=3600'
    assert refused["retry-after"] == "3600"
    desk.now += HOUR
    assert desk.passed(10, path="/") == 2
    desk.now += HOUR
    assert desk.passed(10, path="/") == 1
    assert desk.passed(10, path="/new") == 10


def test_tokens_are_reserved_and_given_back() -> None:
    """An estimate is taken before the call; what was not used comes back, what was used beyond it is taken."""
    desk = Desk(limit_model_tokens=1000)
    caller = desk.limiter.caller({"headers": [], "client": ("203.0.113.9", 1)})
    first = desk.limiter.reserve_tokens(caller, 900)
    with pytest.raises(TooManyRequestsError) as refused:
        desk.limiter.reserve_tokens(caller, 200)
    assert refused.value.retry_after == 6
    desk.limiter.settle_tokens(caller, first, 100)
    second = desk.limiter.reserve_tokens(caller, 800)
    desk.limiter.settle_tokens(caller, second, 900)
    with pytest.raises(TooManyRequestsError):
        desk.limiter.reserve_tokens(caller, 1)
    desk.now += 60
    assert desk.limiter.reserve_tokens(caller, 5000) == 1000


def test_a_million_callers_stay_bounded() -> None:
    """Memory ends at the bound, and who asks all the time is not forgotten."""
    accounts = Accounts("requests", Quota("requests", 600, 60), most=20_000)
    regular = accounts.of("a:regular", 0.0)
    regular.take(500, regular.left(0.0), 0.0)
    most = 0
    for number in range(1_000_000):
        account = accounts.of(f"a:10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
        if number % 5_000 == 0:
            assert accounts.of("a:regular", 0.0) is regular
            most = max(most, len(accounts))
    assert most <= 20_000
    assert not hasattr(account, "__dict__")
    assert accounts.of("a:regular", 0.0).left(0.0) == 100


def test_a_route_is_of_one_class() -> None:
    """Declaring it twice is a mistake."""
    with pytest.raises(ValueError, match="twice"):
        RouteClasses(model=("POST /chat",), stream=("POST /chat",))
