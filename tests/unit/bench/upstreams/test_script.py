"""How the test upstream is told what to do."""

import random

import pytest

from tandem.bench.upstreams.script import Script


def test_a_request_may_wish_in_its_model_its_query_and_its_header():
    """The header has the last word."""
    script = Script(tokens=7).for_request(
        "m#latency=2,rate=5", {"x-upstream": "fault=429, usage=no"}, "rate=9&after=1"
    )
    assert (script.tokens, script.latency, script.rate, script.after) == (7, 2.0, 9.0, 1)
    assert (script.fault, script.status, script.usage) == ("status", 429, False)


@pytest.mark.parametrize("wishes", ["fault=meteorite", "speed=9", "tokens=many"])
def test_a_wish_that_means_nothing_is_refused(wishes):
    """A test with a typing error must not pass."""
    with pytest.raises(ValueError):
        Script().wished(wishes)


def test_faults_are_drawn_by_their_chances():
    """A tenth of each, and never over a wish."""
    dice = random.Random(7)
    drawn = [Script().drawn({"429": 0.1, "broken": 0.1}, dice).fault for _ in range(2000)]
    assert 150 < drawn.count("status") < 250
    assert 150 < drawn.count("broken") < 250
    assert Script(fault="mute").drawn({"broken": 1.0}, dice).fault == "mute"
