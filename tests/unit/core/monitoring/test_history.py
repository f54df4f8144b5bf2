"""What is remembered of the counters, and what a range makes of it."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInputError
from tandem.core.monitoring import history as past
from tandem.core.monitoring.figures import latency, requests
from tandem.core.monitoring.history import MOST_VALUES, History
from tandem.core.monitoring.ranges import range_of
from tandem.core.monitoring.window import Durations, Window
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.tally import Declaration, Tally

NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HITS = Declaration("hits_total", "", "counter", ("kind",))


def tally(**counts: float) -> Tally:
    made = Tally()
    made.declare(HITS)
    for kind, count in counts.items():
        made.add(HITS, (kind,), [count])
    return made


def remember(history: History, seconds: float, **counts: float) -> past.Sample:
    sample = history.sample(tally(**counts), NOON + dt.timedelta(seconds=seconds), seconds)
    history.keep(sample)
    return sample


def test_growth_is_that_of_the_range_alone() -> None:
    history = History()
    remember(history, 0, a=5)
    first, last = remember(history, 10, a=7), remember(history, 20, a=12, b=3)
    window = Window(history.index, first, last)
    assert (window.total("hits_total", kind="a"), window.total("hits_total", kind="b")) == (5, 3)
    assert window.total("hits_total") == 8
    assert window.seconds == 10
    assert window.rate(5) == 0.5


def test_files_that_were_cleared_make_no_negative_growth() -> None:
    history = History()
    window = Window(history.index, remember(history, 0, a=100), remember(history, 10, a=4))
    assert window.total("hits_total") == 4


def test_the_sample_before_a_moment_is_found_in_whichever_ring_still_has_it() -> None:
    history = History()
    for beat in range(3 * 3600 // 10):
        remember(history, beat * 10.0, a=beat)
    end = (3 * 3600 // 10 - 1) * 10.0
    for back, precision in ((60, 10), (800, 10), (3000, 60), (9000, 600)):
        found = history.before(end - back)
        assert found is not None
        assert 0 <= (end - back) - found.elapsed <= precision
    oldest = history.before(-1.0)
    assert oldest is not None
    assert oldest.elapsed == 0


def test_memory_is_bounded_whatever_is_counted() -> None:
    history = History()
    many = Tally()
    wide = Declaration("wide_total", "", "counter", ("n",), limit=MOST_VALUES * 2)
    many.declare(wide)
    for number in range(MOST_VALUES + 10):
        many.add(wide, (str(number),), [1.0])
    sample = history.sample(many, NOON, 0.0)
    assert len(sample.values) == MOST_VALUES
    assert history.left_out == 10
    assert sum(length for _, length in past.RINGS) * MOST_VALUES * 8 <= 32 * 1024**2


def test_a_week_is_reached() -> None:
    assert max(every * (length - 1) for every, length in past.RINGS) >= past.LONGEST.total_seconds()


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("5m", 300), ("1h", 3600), ("24H", 86_400), (" 7d ", 604_800)]
)
def test_ranges(text: str, seconds: int) -> None:
    assert range_of(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "9s", "8d", "-5m", "1.5h", "٣m", "5m5", "999999d"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(InvalidInputError, match="range"):
        range_of(text)


@given(st.lists(st.floats(0.0001, 9.0), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    bounds = (0.005, 0.01, 0.1, 1.0, 10.0)
    counts = np.zeros(len(bounds) + 1)
    for value in values:
        counts[np.searchsorted(bounds, value)] += 1
    estimate = Durations(bounds, counts, sum(values)).quantile(share)
    true = sorted(values)[max(0, int(np.ceil(share * len(values))) - 1)]
    assert estimate is not None
    place = int(np.searchsorted(bounds, true))
    lower = bounds[place - 1] if place else 0.0
    assert lower <= estimate <= bounds[place] + 1e-12


def test_beyond_the_last_bucket_nothing_is_claimed() -> None:
    found = latency(Durations((0.1, 1.0), np.array([0.0, 0.0, 4.0]), 40.0))
    assert (found.mean_ms, found.p50_ms, found.beyond_ms) == (10_000.0, None, 1000.0)


def test_routes_are_told_one_by_one() -> None:
    registry = Metrics()
    durations = registry.histogram(
        "flask_http_request_duration_seconds", "", ("method", "path", "status"), buckets=(0.01, 0.1, 1.0)
    )
    history = History()
    first = history.sample(registry.merged(), NOON, 0.0)
    for status, seconds in (("200", 0.005), ("200", 0.05), ("503", 0.5)):
        durations.labels("GET", "/a", status).observe(seconds)
    durations.labels("POST", "/b", "404").observe(0.005)
    last = history.sample(registry.merged(), NOON, 10.0)
    found = requests(Window(history.index, first, last))
    assert (found.total, found.per_second, found.errors_4xx, found.errors_5xx) == (4, 0.4, 1, 1)
    assert found.error_rate == 0.25
    assert found.by_status == {"200": 2, "404": 1, "503": 1}
    busiest = found.by_route[0]
    assert (busiest.route, busiest.requests, busiest.errors_5xx) == ("/a", 3, 1)
    assert busiest.latency.mean_ms == pytest.approx(185.0)
