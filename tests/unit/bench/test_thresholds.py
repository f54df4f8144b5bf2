"""The thresholds: which figures they judge, and how."""

import math

import pytest

from tandem.bench import scenarios, thresholds
from tandem.bench.thresholds import Threshold

LEAST = Threshold("a.rate", "fast", at_least=10)
MOST = Threshold("b.share", "small", at_most=0.5)


def test_a_bound_itself_is_met():
    assert [LEAST.verdict(value) for value in (10, 9.99, None, math.nan)] == [
        "met",
        "missed",
        "not measured",
        "not measured",
    ]
    assert [MOST.verdict(value) for value in (0.5, 0.51)] == ["met", "missed"]
    assert (LEAST.bound, MOST.bound) == ("at least 10", "at most 0.5")


def test_a_threshold_bounds_one_way():
    with pytest.raises(ValueError, match="either"):
        Threshold("a.b", "nothing")
    with pytest.raises(ValueError, match="either"):
        Threshold("a.b", "both", at_least=1, at_most=2)


def test_only_scenarios_that_ran_are_judged():
    judged = thresholds.judge({"a.rate": 12.0}, ["a"], [LEAST, MOST])
    assert [(one.threshold.figure, one.value, one.verdict) for one in judged] == [("a.rate", 12.0, "met")]


def test_the_file_names_scenarios_that_exist_and_no_figure_twice():
    wanted = thresholds.load()
    assert {one.figure.partition(".")[0] for one in wanted} <= set(scenarios.ALL)
    assert len({one.figure for one in wanted}) == len(wanted)


def test_the_figures_that_were_asked_for():
    bounds = {
        one.figure: one.at_least if one.at_least is not None else one.at_most for one in thresholds.load()
    }
    asked = {
        "hot-read.of_bare": 0.50, "hot-read.of_bare_two_workers": 0.45, "hot-read.times_fastapi_cache": 5,
        "hot-read.times_flask_caching": 8, "hot-read.times_flask": 100, "hot-read.best_rate": 15000,
        "hot-read.p95_of_flask": 0.35, "hot-read.twin_two_workers": 13, "read-growth.hot_growth": 1.15,
        "read-growth.cold_growth": 3, "write-then-read.stale": 0, "mixed-500-users.errors": 0, "mixed-500-users.hit_rate": 0.8,
        "mixed-500-users.p50_ms": 30, "mixed-500-users.p95_ms": 70, "mixed-500-users.p99_ms": 150,
        "mixed-500-users.lag_p99_ms": 25, "chat.times_flask": 5, "compare.times_flask": 5, "faulty-upstream.failed_of_flask": 0.2,
        "cache-ops.of_synchronous": 0.5, "memory.of_flask": 0.7, "memory.growth": 0.02,
    }  # fmt: skip
    assert {name: bounds[name] for name in asked} == asked
