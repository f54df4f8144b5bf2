"""Requests are counted under the old names, by route template, in bounded sets."""

import asyncio
import time

import pytest

from tandem import __version__
from tandem.core.observability import loop_lag, process_metrics
from tandem.core.observability.http_metrics import HttpMetrics
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.sampling import keep_sampled


def test_a_request_is_counted_by_method_template_and_status():
    """One call feeds the histogram and the counter that dashboards read."""
    metrics = Metrics()
    http = HttpMetrics.declare(metrics, uncounted=frozenset({"/api/health"}))
    for seconds in (0.004, 0.3):
        http.observe("GET", "/api/prediction/{date}", 200, seconds)
    http.observe("POST", "/api/ai/insight", 503, 1.0)
    http.observe("GET", "/api/health", 200, 0.001)
    http.exception("POST")
    labels = {"method": "GET", "path": "/api/prediction/{date}", "status": "200"}
    assert metrics.value("flask_http_request_duration_seconds_count", **labels) == 2.0
    assert metrics.value("flask_http_request_duration_seconds_sum", **labels) == pytest.approx(0.304)
    assert metrics.value("flask_http_request_duration_seconds_bucket", le="0.005", **labels) == 1.0
    assert metrics.value("flask_http_request_total", method="GET", status="200") == 2.0
    assert metrics.value("flask_http_request_total", method="POST", status="503") == 1.0
    assert metrics.value("flask_http_request_exceptions_total", method="POST", status="500") == 1.0
    assert metrics.value("flask_exporter_info", version=__version__) == 1.0


def test_invented_methods_and_paths_cannot_grow_the_label_sets():
    """A scanner's thousands of methods and templates end in a few series, and all are counted."""
    metrics = Metrics()
    http = HttpMetrics.declare(metrics)
    for number in range(5_000):
        http.observe(f"M{number}", f"/{number}", 404, 0.01)
    assert metrics.value("flask_http_request_total", method="other", status="404") == 5000.0
    assert metrics.render().count(b"\nflask_http_request_duration_seconds_count") <= 501
    assert len(http._cells) <= 2_000


async def test_a_blocked_loop_is_seen():
    """A stall of the loop's thread shows in the histogram, and an idle loop does not."""
    metrics = Metrics()
    watch = asyncio.create_task(loop_lag.watch(loop_lag.declare(metrics), interval=0.01))
    await asyncio.sleep(0.1)
    time.sleep(0.3)
    await asyncio.sleep(0.05)
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch
    seen = metrics.value("tandem_event_loop_lag_seconds_count")
    assert seen >= 2
    assert seen - metrics.value("tandem_event_loop_lag_seconds_bucket", le="0.25") >= 1


async def test_what_the_loop_computes_is_told_from_waiting():
    """A stall that only sleeps is none; one that computes is seen, once."""
    metrics = Metrics()
    watch = asyncio.create_task(loop_lag.watch_work(loop_lag.declare_work(metrics), interval=0.01))

    def longer() -> float:
        seen = metrics.value("tandem_event_loop_busy_seconds_count")
        return seen - metrics.value("tandem_event_loop_busy_seconds_bucket", le="0.1")

    await asyncio.sleep(0.05)
    time.sleep(0.3)
    await asyncio.sleep(0.05)
    assert longer() == 0
    until = time.thread_time() + 0.15
    while time.thread_time() < until:
        pass
    await asyncio.sleep(0.05)
    assert longer() == 1
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch


async def test_sampled_metrics_are_kept_fresh_for_siblings(tmp_path):
    """What one worker samples by itself, another can tell without asking it."""
    metrics, asked = Metrics(tmp_path, "one"), Metrics(tmp_path, "two")
    metrics.gauge_callback("depth", "Depth", lambda: 3.0)
    sampling = asyncio.create_task(keep_sampled(metrics, interval=0.01))
    await asyncio.sleep(0.05)
    sampling.cancel()
    assert await asyncio.to_thread(asked.value, "depth") == 3.0


def test_process_metrics_are_sums_over_workers(tmp_path):
    """CPU seconds, memory and descriptors add up; a dead worker's CPU seconds stay."""
    first, second = Metrics(tmp_path, "one"), Metrics(tmp_path, "two")
    process_metrics.declare(first)
    process_metrics.declare(second)
    second.sample()
    alone = Metrics()
    process_metrics.declare(alone)
    single = alone.value("process_resident_memory_bytes")
    if not single:
        pytest.skip("no /proc on this system")
    assert first.value("process_resident_memory_bytes") == pytest.approx(2 * single, rel=0.3)
    assert abs(first.value("process_start_time_seconds") - time.time()) < 3600 * 24
    assert first.value("process_max_fds") == alone.value("process_max_fds")
    assert b"\ntandem_log_lines_dropped_total " in first.render()
    before = first.value("process_cpu_seconds_total")
    second.close()
    assert first.value("process_cpu_seconds_total") >= before > 0
    assert first.value("process_resident_memory_bytes") == pytest.approx(single, rel=0.3)
