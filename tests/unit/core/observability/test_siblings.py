"""Several workers, killed workers, and files of the dead: the sums stay right."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import orjson
import pytest

from tandem.core.observability import siblings
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.shared_values import AreaFile, read_area

WORKER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from tandem.core.observability.metrics import Metrics

    metrics = Metrics(Path(sys.argv[1]), "worker")
    counter = metrics.counter("hits_total", "Hits", ["path"])
    sizes = metrics.histogram("size", "Size", buckets=(1, 10))
    for merge in ("sum", "max", "min", "latest"):
        metrics.gauge(f"depth_{merge}", "Depth", merge=merge).labels().set(float(sys.argv[2]))
    for _ in range(int(sys.argv[2])):
        counter.labels("/").inc()
        sizes.labels().observe(5)
    print("counted", flush=True)
    sys.stdin.read()
""")


@pytest.fixture
def start(tmp_path):
    """Start worker processes that count, and end those that still run."""
    running = []

    def begin(amount):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), str(amount)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        assert process.stdout.readline() == "counted\n"
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def worker(directory, amount, labels=("/",)):
    """Count ``amount`` in a worker of this process."""
    metrics = Metrics(directory, "worker")
    counter = metrics.counter("hits_total", "Hits", ["path"])
    for label in labels:
        counter.labels(label).inc(amount)
    metrics.gauge("depth_sum", "Depth").labels().set(amount)
    return metrics


def dead(directory, amount, **kinds):
    """Leave behind the file of a worker that is gone."""
    worker(directory, amount, **kinds).close()


def files(directory):
    """Return the workers' files."""
    return sorted(path.name for path in directory.glob("*.metrics"))


def test_any_worker_answers_for_all_and_for_the_killed(tmp_path, start):
    """Counts of a worker killed with SIGKILL stay, its gauges go, and each merge does as it says."""
    asked = Metrics(tmp_path, "asked")
    first, _ = start(3), start(40)
    assert asked.value("hits_total", path="/") == 43.0
    assert (asked.value("size_count"), asked.value("size_sum")) == (43.0, 215.0)
    assert asked.value("size_bucket", le="10.0") == 43.0
    gauges = {merge: asked.value(f"depth_{merge}") for merge in ("sum", "max", "min", "latest")}
    assert gauges == {"sum": 43.0, "max": 40.0, "min": 3.0, "latest": 40.0}
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert asked.value("hits_total", path="/") == 43.0
    assert (asked.value("depth_sum"), asked.value("depth_min")) == (40.0, 40.0)


def test_many_dead_workers_become_one_file(tmp_path):
    """Past sixteen the files are folded; the sums are the same before, after, and with later deaths."""
    asked = worker(tmp_path, 1000)
    for number in range(siblings.MANY_DEAD):
        dead(tmp_path, 1)
        assert asked.value("hits_total", path="/") == 1001.0 + number
    assert len(files(tmp_path)) == siblings.MANY_DEAD + 1
    dead(tmp_path, 1)
    assert asked.value("hits_total", path="/") == 1017.0
    assert len(files(tmp_path)) == 1
    dead(tmp_path, 5)
    assert asked.value("hits_total", path="/") == 1022.0
    assert siblings.fold(tmp_path) == 1
    assert asked.value("hits_total", path="/") == 1022.0
    assert asked.value("depth_sum") == 1000.0


def test_a_crash_loop_without_scrapes_leaves_few_files(tmp_path):
    """Workers that die at start tidy up after their predecessors."""
    for _ in range(60):
        dead(tmp_path, 1)
    assert len(files(tmp_path)) <= siblings.MANY_DEAD + 1
    assert worker(tmp_path, 0).value("hits_total", path="/") == 60.0


@pytest.mark.parametrize("killed_after", ["write", "rename", "one deleted"])
def test_a_fold_killed_anywhere_counts_nothing_twice(tmp_path, monkeypatch, killed_after):
    """Whatever a fold leaves undone, the sums are right and the next fold finishes it."""
    for _ in range(3):
        dead(tmp_path, 7)
    names = files(tmp_path)
    kept = {name: (tmp_path / name).read_bytes() for name in names}
    siblings.fold(tmp_path)
    if killed_after == "write":
        (tmp_path / "retired.json").rename(tmp_path / ".retired.json.new")
    for name in names[1 if killed_after == "one deleted" else 0 :]:
        (tmp_path / name).write_bytes(kept[name])
    asked = worker(tmp_path, 100)
    assert asked.value("hits_total", path="/") == 121.0
    dead(tmp_path, 1)
    siblings.fold(tmp_path)
    assert asked.value("hits_total", path="/") == 122.0
    assert len(files(tmp_path)) == 1


def test_scrapes_during_folds_never_miss_or_double(tmp_path):
    """While workers die and are folded, each scrape sees every count exactly once."""
    asked = worker(tmp_path, 0)
    problems, stop = [], threading.Event()
    low = [0]

    def scrape():
        seen = 0.0
        while not stop.is_set():
            floor = low[0]
            value = asked.value("hits_total", path="/")
            if not max(seen, floor) <= value <= low[0] + 1:
                problems.append((floor, value, low[0]))
            seen = value

    threads = [threading.Thread(target=scrape) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(60):
        dead(tmp_path, 1)
        low[0] += 1
        siblings.fold(tmp_path)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert asked.value("hits_total", path="/") == 60.0


def test_folded_series_stay_bounded(tmp_path):
    """Label sets of many dead workers are held to the metric's limit, and their counts kept."""
    for number in range(4):
        dead(tmp_path, 1, labels=[f"{number}-{n}" for n in range(300)])
    siblings.fold(tmp_path)
    sums = orjson.loads((tmp_path / "retired.json").read_bytes())["sums"]
    hits = next(series for declaration, series in sums if declaration[0] == "hits_total")
    assert len(hits) == 501
    assert sum(values[0] for _, values in hits) == 1200.0


def test_foreign_and_broken_files_are_left_out(tmp_path):
    """Another version's file, an empty one and a torn name do not spoil a scrape."""
    asked = worker(tmp_path, 1)
    (tmp_path / "empty.metrics").write_bytes(b"")
    (tmp_path / "foreign.metrics").write_bytes(b"OTHER001" + bytes(5000))
    torn = AreaFile(tmp_path, "torn")
    torn.append(["o", "torn"])
    torn._names[torn._next_name : torn._next_name + 9] = b'["m","hit'
    assert asked.value("hits_total", path="/") == 1.0
    assert read_area(torn.path).records == [["o", "torn"]]


def test_a_metric_that_was_declared_differently_is_left_out(tmp_path):
    """During a rolling upgrade another version's buckets are not mixed into ours."""
    asked, other = Metrics(tmp_path, "new"), Metrics(tmp_path, "old")
    asked.histogram("size", "Size", buckets=(1, 2)).labels().observe(1)
    other.histogram("size", "Size", buckets=(1, 2, 3)).labels().observe(1)
    assert asked.value("size_count") == 1.0


def test_clear_removes_our_files_only(tmp_path):
    """A directory that somebody chose unwisely keeps its other files."""
    dead(tmp_path, 1)
    siblings.fold(tmp_path)
    dead(tmp_path, 1)
    for name in ("letter.txt", ".profile"):
        (tmp_path / name).write_text("mine")
    siblings.clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".profile", "letter.txt"]


def test_an_unusable_directory_leaves_private_counts(tmp_path, caplog):
    """Counting goes on, with a warning, when the directory cannot be made."""
    (tmp_path / "file").write_text("in the way")
    metrics = Metrics(tmp_path / "file" / "metrics", "worker")
    metrics.counter("a_total", "A").labels().inc()
    assert metrics.value("a_total") == 1.0
    assert "cannot be shared" in caplog.text


def test_a_cleared_directory_makes_the_scrape_fail(tmp_path):
    """Without the siblings' files a partial sum would look like a restart: a gap is better. Counting goes on."""
    metrics = worker(tmp_path, 3)
    for path in tmp_path.iterdir():
        path.unlink()
    metrics.counter("hits_total", "Hits", ["path"]).labels("/").inc()
    with pytest.raises(FileNotFoundError, match="restart"):
        metrics.render()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_counts_for_itself(tmp_path):
    """Cells that were made before a fork count in the child's own file afterwards, from zero."""
    parent = worker(tmp_path, 10)
    cell = parent.counter("hits_total", "Hits", ["path"]).labels("/")
    child = os.fork()
    if child == 0:
        cell.inc(5)
        os._exit(0 if parent._allocator._area.values[cell._slot] == 5.0 else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    cell.inc()
    assert parent.value("hits_total", path="/") == 16.0
    assert len(files(tmp_path)) == 2
    assert read_area(parent._area.path).alive


def test_a_closed_worker_is_dead_at_once(tmp_path):
    """Its counts stay and its gauges go although this process still maps the file."""
    asked, other = worker(tmp_path, 1), worker(tmp_path, 2)
    other.close()
    other.close()
    assert asked.value("hits_total", path="/") == 3.0
    assert asked.value("depth_sum") == 1.0
    other.counter("hits_total", "Hits", ["path"]).labels("/").inc()
