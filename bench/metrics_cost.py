"""What counting costs: our counters beside prometheus_client in process and in its multiprocess mode.

Each way of counting runs in processes of its own, because prometheus_client chooses its mode at import. Rounds
alternate between the ways, so that a busy moment of the machine hits all of them; medians over rounds are
shown. Run it with ``python bench/metrics_cost.py [--rounds N]``. Figures are of one machine: compare columns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

WAYS = ("tandem", "client", "client_multiprocess")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
REPEATS = 20_000
ROUTES, STATUSES = 60, ("200", "400", "500")
LINES = {
    "inc": "counter, kept handle [ns]",
    "labels_inc": "counter, labels each time [ns]",
    "observe": "histogram, kept handle [ns]",
    "request": "one request: histogram by 3 labels and counter by 2 [ns]",
    "scrape": f"scrape of {ROUTES * len(STATUSES)} histogram series [ms]",
}


def per_call(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return nanoseconds of CPU per call."""
    started = time.thread_time_ns()
    for _ in range(repeats):
        action()
    return (time.thread_time_ns() - started) / repeats


def measure(counter, histogram, request, scrape) -> dict[str, float]:
    """Measure one way of counting by its own means."""
    for route in range(ROUTES):
        for status in STATUSES:
            histogram.labels("GET", f"/api/route/{route}", status).observe(0.01)
    kept, sizes = counter.labels("GET", "200"), histogram.labels("GET", "/api/route/1", "200")
    return {
        "inc": per_call(kept.inc),
        "labels_inc": per_call(lambda: counter.labels("GET", "200").inc()),
        "observe": per_call(lambda: sizes.observe(0.03)),
        "request": per_call(lambda: request("GET", "/api/route/1", "200", 0.03)),
        "scrape": per_call(scrape, 3) / 1e6,
    }


def tandem() -> dict[str, float]:
    """Measure our counters in a shared directory."""
    from tandem.core.observability.http_metrics import HttpMetrics  # noqa: PLC0415 - one way per process
    from tandem.core.observability.metrics import Metrics  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as directory:
        metrics = Metrics(Path(directory), "bench")
        histogram = metrics.histogram("took_seconds", "Took", ("method", "path", "status"), buckets=BUCKETS)
        counter = metrics.counter("hits_total", "Hits", ("method", "status"))
        http = HttpMetrics.declare(metrics)
        request = lambda method, path, status, seconds: http.observe(method, path, 200, seconds)  # noqa: E731, ARG005
        return measure(counter, histogram, request, metrics.render)


def client() -> dict[str, float]:
    """Measure prometheus_client in the mode that the environment says."""
    from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest  # noqa: PLC0415
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    registry = CollectorRegistry()
    histogram = Histogram(
        "took_seconds", "Took", ("method", "path", "status"), buckets=BUCKETS, registry=registry
    )
    counter = Counter("hits_total", "Hits", ("method", "status"), registry=registry)

    def request(method: str, path: str, status: str, seconds: float) -> None:
        histogram.labels(method, path, status).observe(seconds)
        counter.labels(method, status).inc()

    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return measure(counter, histogram, request, lambda: generate_latest(registry))


def run(way: str) -> dict[str, float]:
    """Measure ``way`` in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"
        }
        if way == "client_multiprocess":
            environment["PROMETHEUS_MULTIPROC_DIR"] = directory
        done = subprocess.run(
            [sys.executable, __file__, "--one", way],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(done.stdout)


def main() -> None:
    """Measure one way, or all in alternating rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", choices=WAYS)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(tandem() if options.one == "tandem" else client()))
        return
    rounds = [{way: run(way) for way in WAYS} for _ in range(options.rounds)]
    print(f"{'':58}" + "".join(f"{way:>22}" for way in WAYS))
    for key, text in LINES.items():
        medians = [statistics.median(one[way][key] for one in rounds) for way in WAYS]
        print(f"{text:58}" + "".join(f"{median:22,.1f}" for median in medians))


if __name__ == "__main__":
    main()
