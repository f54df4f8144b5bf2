"""Counting, and what a scrape says about it."""

import math
import threading

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Counter as TheirCounter
from prometheus_client import Gauge as TheirGauge
from prometheus_client import Histogram as TheirHistogram
from prometheus_client.parser import text_string_to_metric_families

from tandem.core.observability.allocation import Allocator
from tandem.core.observability.cells import REFUSED_SLOT
from tandem.core.observability.metrics import CONTENT_TYPE, DEFAULT_BUCKETS, Metrics
from tandem.core.observability.shared_values import Area


def samples(text):
    """Return what a Prometheus server reads from ``text``."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if not sample.name.endswith("_created") and not sample.name.startswith("tandem_metrics_")
    }


def test_a_scrape_says_what_prometheus_client_would_say():
    """The same events give the same samples, types and help texts as the reference library."""
    ours, theirs = Metrics(), CollectorRegistry()
    pairs = [
        (ours.counter("hits_total", "Hits \\ and\nmore", ["path"]), TheirCounter("hits", "Hits \\ and\nmore", ["path"], registry=theirs)),
        (ours.gauge("depth", "Depth", ["q"]), TheirGauge("depth", "Depth", ["q"], registry=theirs)),
        (ours.histogram("took_seconds", "Took", ["path"]), TheirHistogram("took_seconds", "Took", ["path"], registry=theirs)),
    ]  # fmt: skip
    for counter, gauge, histogram in zip(*pairs, strict=True):
        for path in ("/", 'quote " slash \\ line \n end', "příliš"):
            counter.labels(path).inc()
            counter.labels(path).inc(2.5)
            gauge.labels(path).set(-1.25)
            gauge.labels(path).inc(-1e21)
            for seconds in (0.0, 0.005, 0.0051, 9.99, 10.0, 11, 1e9):
                histogram.labels(path).observe(seconds)
    reference = generate_latest(theirs)
    assert samples(ours.render()) == samples(reference)
    comments = [
        line for line in ours.render().decode().splitlines() if line[0] == "#" and "tandem_" not in line
    ]
    assert sorted(comments) == sorted(
        line for line in reference.decode().splitlines() if line[0] == "#" and "_created" not in line
    )
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_metrics_without_labels_are_served_from_the_start():
    """A counter that never counted is 0 and not absent; a gauge that was never set and is not a sum is absent."""
    metrics = Metrics()
    metrics.counter("quiet_total", "Quiet")
    metrics.gauge("deepest", "Deepest", merge="max")
    text = metrics.render().decode()
    assert "\nquiet_total 0.0\n" in text
    assert "\ndeepest " not in text


def test_impossible_amounts_are_left_out_and_counted():
    """Counters and sums stay true whatever they are given."""
    metrics = Metrics()
    counter, histogram = metrics.counter("a_total", "A").labels(), metrics.histogram("b", "B").labels()
    for amount in (-1.0, math.nan, math.inf):
        counter.inc(amount)
        histogram.observe(amount)
    histogram.observe(1.0)
    assert metrics.value("a_total") == 0.0
    assert (metrics.value("b_count"), metrics.value("b_sum")) == (1.0, 1.0)
    assert metrics.value("tandem_metrics_refused_values_total") == 6.0


def test_label_sets_are_bounded():
    """Past its limit a metric counts under other; nothing is lost and nothing grows."""
    metrics = Metrics()
    counter = metrics.counter("a_total", "A", ["path"], limit=3)
    for number in range(100):
        counter.labels(str(number)).inc()
    assert metrics.value("a_total", path="other") == 97.0
    assert metrics.value("tandem_metrics_dropped_series_total", reason="limit") == 97.0
    assert metrics.render().decode().count("\na_total{") == 4


@pytest.mark.parametrize(("slots", "names"), [(12, 64 * 1024), (16_384, 1_100)])
def test_a_full_area_drops_series_and_says_so(monkeypatch, slots, names):
    """Without room for values or for names, counting goes on for all the others."""
    monkeypatch.setattr(Metrics, "_open", lambda self: Area.anonymous(slots, names))
    metrics = Metrics()
    kept = metrics.counter("kept_total", "Kept").labels()
    many = metrics.counter("many_total", "Many", ["n"])
    for number in range(100):
        many.labels(f"number {number}").inc()
    kept.inc()
    shown = metrics.render().decode().count("\nmany_total{")
    assert 0 < shown < 20
    assert metrics.value("tandem_metrics_dropped_series_total", reason="capacity") == 100 - shown
    assert metrics.value("kept_total") == 1.0


def test_series_that_found_no_room_do_not_touch_others():
    """A histogram that counts nowhere has slots of its own to do so."""
    allocator = Allocator(Area.anonymous(3), "test")
    metrics = Metrics()
    histogram = metrics.histogram("b", "B")
    histogram._own._allocator = allocator
    histogram._own._cells.clear()
    before = list(allocator._area.values)
    histogram.labels().observe(3.0)
    assert list(allocator._area.values)[:2] == before[:2]
    assert allocator._area.values[REFUSED_SLOT] == 0.0


def test_a_full_registry_of_real_size_holds_what_it_promises():
    """500 label sets of the largest metric fit, with room for hundreds of small ones."""
    metrics = Metrics()
    histogram = metrics.histogram("d", "D", ["method", "path", "status"])
    counter = metrics.counter("c_total", "C", ["path"])
    for number in range(500):
        histogram.labels("GET", f"/api/v1/a/rather/long/path/{number}", "200").observe(1)
        counter.labels(f"/api/v1/a/rather/long/path/{number}").inc()
    assert metrics.value("tandem_metrics_dropped_series_total", reason="capacity") == 0.0
    assert metrics.value("tandem_metrics_dropped_series_total", reason="limit") == 0.0


def test_declaring_again_gives_the_same_metric_or_an_error():
    """Two rooms may declare the same metric alike, and not differently."""
    metrics = Metrics()
    first = metrics.counter("a_total", "A", ["x"])
    assert metrics.counter("a_total", "A", ["x"]) is first
    with pytest.raises(ValueError, match="differently"):
        metrics.counter("a_total", "A", ["y"])


@pytest.mark.parametrize(
    "declare",
    [
        lambda m: m.counter("a", "A"),
        lambda m: m.counter("a b_total", "A"),
        lambda m: m.gauge("a", "A", ["b-c"]),
        lambda m: m.histogram("a", "A", buckets=(2, 1)),
        lambda m: m.histogram("a", "A", buckets=()),
        lambda m: m.histogram("a", "A", buckets=range(63)),
        lambda m: m.counter("a_total", "A", ["x"]).labels(),
    ],
)
def test_mistakes_in_declarations_are_refused(declare):
    """Names, buckets and numbers of labels are checked at once."""
    with pytest.raises(ValueError):
        declare(Metrics())


def test_threads_lose_nothing():
    """Cells for threads count exactly while the loop's own cell counts the same series."""
    metrics = Metrics()
    counter, histogram = metrics.counter("a_total", "A", ["x"]), metrics.histogram("b", "B")

    def work():
        shared, sizes = counter.for_threads("1"), histogram.for_threads()
        for _ in range(20_000):
            shared.inc()
            sizes.observe(0.25)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    own = counter.labels("1")
    for _ in range(20_000):
        own.inc()
    for thread in threads:
        thread.join()
    assert metrics.value("a_total", x="1") == 100_000.0
    assert (metrics.value("b_count"), metrics.value("b_sum")) == (80_000.0, 20_000.0)


def test_threads_that_find_cells_at_once_share_them():
    """Resolving a label set from many threads makes one cell."""
    metrics = Metrics()
    counter = metrics.counter("a_total", "A", ["x"])
    found = []
    threads = [
        threading.Thread(target=lambda: found.append({id(counter.for_threads(str(n))) for n in range(200)}))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(cells == found[0] for cells in found)


def test_callbacks_are_asked_at_each_scrape_and_may_fail():
    """A broken sampler is logged and spoils nothing else."""
    metrics = Metrics()
    depth = [1.0]
    metrics.gauge_callback("broken", "Broken", lambda: 1 / 0)
    metrics.gauge_callback("depth", "Depth", lambda: depth[0])
    metrics.counter_callback("used_total", "Used", lambda: depth[0] * 10)
    assert (metrics.value("depth"), metrics.value("used_total")) == (1.0, 10.0)
    depth[0] = 2.0
    assert (metrics.value("depth"), metrics.value("used_total"), metrics.value("broken")) == (2.0, 20.0, 0.0)


def test_buckets_are_those_of_the_old_exporter():
    """Dashboards compute quantiles from these very ends."""
    metrics = Metrics()
    metrics.histogram("took_seconds", "Took").labels().observe(0.03)
    assert TheirHistogram.DEFAULT_BUCKETS[:-1] == DEFAULT_BUCKETS
    assert metrics.value("took_seconds_bucket", le="0.025") == 0.0
    assert metrics.value("took_seconds_bucket", le="0.05") == 1.0
    assert metrics.value("took_seconds_bucket", le="+Inf") == 1.0
