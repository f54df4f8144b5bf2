"""What 500 users ask for, and how their servers' own figures are read."""

from collections import Counter

import pytest

from tandem.bench.load.asks import Ask
from tandem.bench.measure.scrape import buckets, quantile_of
from tandem.bench.scenarios.mixed_requests import MARKETS, READS, SHARES, Crowd


class Address:
    """A server's address, without a server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def headers(self, user: str) -> dict[str, str]:
        return {"X-Who": user}


def kind_of(port: int, ask: Ask) -> str:
    if port == 1:
        return "write" if ask.data.startswith(b"POST") else "read"
    return {"/chat": "chat", "/analyze_tweet": "sentiment"}.get(ask.route, "market")


ROUTES = frozenset({one.route for one in MARKETS} | {"/analyze_tweet"})


def test_the_mix_is_what_was_asked_for():
    users = [f"user{number}" for number in range(50)]
    mix = Crowd(Address(1), Address(2), users, ROUTES)  # type: ignore[arg-type]
    arrivals = list(mix.arrivals(500, 40))
    kinds = Counter(kind_of(port, ask) for _, port, ask in arrivals)
    assert SHARES == {"read": 0.78, "market": 0.16, "chat": 0.05, "write": 0.005, "sentiment": 0.005}
    for kind, share in SHARES.items():
        assert kinds[kind] / len(arrivals) == pytest.approx(share, rel=0.35), kind
    asked = {ask.route for _, port, ask in arrivals if port == 1 and ask.data.startswith(b"GET")}
    assert asked == {one.route for one in READS}
    assert len(asked) == 10
    assert len({ask.data.partition(b"X-Who: ")[2].partition(b"\r")[0] for _, _, ask in arrivals}) == len(
        users
    )


def test_a_route_that_is_not_there_is_not_asked_for():
    mix = Crowd(Address(1), Address(2), ["ann"], frozenset({"/available_companies"}))  # type: ignore[arg-type]
    arrivals = list(mix.arrivals(500, 10))
    assert not mix.has_sentiment
    assert {ask.route for _, port, ask in arrivals if port == 2} == {"/available_companies", "/chat"}
    mix.only_reads()
    assert {port for _, port, _ in mix.arrivals(500, 1)} == {1}


METRICS = """# HELP lag x
lag_bucket{service="a",le="0.01"} 90
lag_bucket{service="b",le="0.01"} 5
lag_bucket{service="a",le="0.025"} 95
lag_bucket{service="b",le="0.025"} 5
lag_bucket{service="a",le="+Inf"} 95
lag_bucket{service="b",le="+Inf"} 5
lag_count 100
other_bucket{le="0.01"} 7
"""


def test_a_histogram_is_added_up_and_read_within_its_buckets():
    counts = buckets(METRICS, "lag")
    assert counts == {0.01: 95, 0.025: 100, float("inf"): 100}
    assert quantile_of(counts, 0.5) == pytest.approx(0.01 * 50 / 95)
    assert quantile_of(counts, 0.99) == pytest.approx(0.01 + 0.015 * 4 / 5)
    assert quantile_of({0.5: 1.0, float("inf"): 10.0}, 0.9) == 0.5
