"""Figures of several rounds, arrivals, and what wrk says."""

import itertools
import math
import random

import pytest

from tandem.bench.load import arrivals, throughput
from tandem.bench.load.asks import Ask
from tandem.bench.measure.figures import median, quantile, ratio, spread


def test_a_quantile_is_a_value_that_was_seen():
    assert quantile([5, 1, 4, 2, 3], 0.5) == 3
    assert quantile([5, 1, 4, 2, 3], 0.95) == 5
    assert quantile([7], 0.01) == 7
    assert math.isnan(quantile([], 0.5))


def test_a_ratio_compares_within_a_round():
    # The machine was busy in the second round: both sides were half as quick, the ratio is what it was.
    assert ratio([100, 50, 100], [10, 5, 10]) == 10
    assert ratio([100, 50], [10, 0]) == 10
    assert math.isnan(ratio([], [1]))
    assert math.isnan(median([]))
    assert spread([3, 1, 2]) == (1, 3)


def test_steady_arrivals_are_equally_far_apart():
    assert arrivals.steady(4, 1) == [0, 0.25, 0.5, 0.75]
    assert arrivals.steady(0.5, 1) == []


def test_poisson_arrivals_come_at_the_rate_and_independently():
    due = list(arrivals.poisson(500, 20, random.Random(1)))
    assert due == sorted(due)
    assert due[-1] < 20
    assert len(due) == pytest.approx(10_000, rel=0.05)
    gaps = [after - before for before, after in itertools.pairwise(due)]
    # Of an exponential distribution the standard deviation is the mean.
    mean = sum(gaps) / len(gaps)
    deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert deviation == pytest.approx(mean, rel=0.05)


WRK = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 32 connections
  30000 requests in 2.00s, 12.1MB read
{extra}Requests/sec:  15000.50
Transfer/sec:      6.05MB
"""


def test_wrk_is_read_and_its_errors_are_not_answers():
    good = throughput.read(WRK.format(extra=""))
    assert (good.rate, good.answers, good.errors) == (15000.5, 30000, 0)
    bad = throughput.read(
        WRK.format(
            extra="  Socket errors: connect 0, read 1, write 0, timeout 2\n  Non-2xx or 3xx responses: 15000\n"
        )
    )
    assert (bad.rate, bad.answers, bad.errors) == (7500.25, 15000, 15003)
    with pytest.raises(ValueError, match="nobody understands"):
        throughput.read("unable to connect")


def test_an_answer_counts_only_if_it_is_what_was_asked_for():
    ask = Ask.post("/chat", {"message": "hi"}, {"X-A": "b"}, b'"completion_tokens":20')
    assert ask.data.startswith(b"POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n")
    assert ask.data.endswith(b'\r\n\r\n{"message":"hi"}')
    assert ask.fault(b'HTTP/1.1 200 OK\r\n\r\n{"completion_tokens":20}') == ""
    assert (
        ask.fault(b'HTTP/1.1 200 OK\r\n\r\n{"completion_tokens":3}') == "the answer is not what was asked for"
    )
    assert ask.fault(b"HTTP/1.1 503 Service Unavailable\r\n\r\n") == "HTTP/1.1 503 Service Unavailable"
    assert ask.fault(None) == "connection lost"
