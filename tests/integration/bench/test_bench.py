"""A tiny scenario through the real runner: servers of its own, load, cost, and nothing left behind."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from tandem.bench import runner
from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed, paced, scheduled
from tandem.bench.scenario import Bench, Pace, Scenario, latencies
from tandem.bench.scenarios import yours
from tandem.bench.subjects import asgi_apps
from tandem.cli.bench import BASELINES
from tandem.core.errors import ConfigurationError

PATH = "/api/recommendation"
seen: list[psutil.Process] = []


def tiny(bench: Bench) -> None:
    servers = bench.started(
        {"bare": lambda: asgi_apps.bare(bench.world, 64), "fastapi": lambda: asgi_apps.fastapi(bench.world)}
    )
    for name, server in bench.turns(servers):
        costs = bench.costs(server)
        result = closed(server.port, Ask.get(PATH), 4, 0.3)
        row = bench.outcome.row(name, "closed")
        row.add(
            rate=result.rate,
            memory_mb=server.memory(),
            **latencies(result),
            **costs.per(len(result.latencies)),
        )
        open_loop = paced(server.port, Ask.get(PATH), 100, 0.3)
        bench.outcome.row(name, "open").add(**latencies(open_loop), finished=len(open_loop.latencies))
        seen.extend(server.family())


def test_a_scenario_measures_real_servers_and_leaves_none(tmp_path):
    report = runner.run(
        [Scenario("tiny", "Tiny", tiny, 60)], Pace(rounds=1, seconds=1), baselines=BASELINES, state=tmp_path, say=lambda _: None,
        done=lambda *_: None,
    )  # fmt: skip
    outcome = report.outcomes[0]
    assert outcome.failure == ""
    for name in ("bare", "fastapi"):
        row = outcome.row(name, "closed")
        assert row.median("rate") > 50
        assert row.median("cpu_us") > 0
        assert row.median("memory_mb") > 5
        assert row.total("errors") == 0
        assert outcome.row(name, "open").values["finished"] == [30]
    assert json.loads(json.dumps(report.wire()))["facts"]["cores"] >= 1
    assert seen
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in seen)


KILLED = """
import sys, time
from pathlib import Path
from tandem.bench.measure.server import Server
server = Server("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], port=1, home=Path(sys.argv[1]), probe="/")
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_servers_end_with_a_bench_that_was_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        server = psutil.Process(int(process.stdout.readline()))
        process.kill()
    _, alive = psutil.wait_procs([server], timeout=10)
    assert not alive


class Stalling(BaseHTTPRequestHandler):
    """Answers nothing until ``until``, then everything at once."""

    protocol_version = "HTTP/1.1"
    until = 0.0

    def do_GET(self):
        time.sleep(max(0.0, type(self).until - time.monotonic()))
        self.send_response(200)
        self.send_header("x-cache", "hit")
        self.send_header("content-length", "2")
        with suppress(BrokenPipeError):
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@contextmanager
def stalling(seconds: float) -> Iterator[int]:
    """A server that stalls for ``seconds`` from now on."""
    handler = type("Handler", (Stalling,), {"until": time.monotonic() + seconds})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_a_stall_is_felt_by_everybody_who_was_due_meanwhile():
    with stalling(0.5) as port:
        result = paced(port, Ask.get("/"), rate=40, seconds=1.0)
    assert len(result.latencies) == 40
    assert result.states == {"hit": 40}
    # Half of the requests were due during the stall: a loop that waits for answers would have sent one.
    assert sum(took > 0.05 for took in result.latencies) >= 15
    assert max(result.latencies) >= 0.4


def test_an_answer_later_than_patience_is_an_error():
    with stalling(0.8) as port:
        result = scheduled([(0.0, port, Ask.get("/", route="late"))], 0.1, patience=0.3)
    assert result.latencies == []
    assert result.errors == ["no answer"]
    nobody = scheduled([(0.0, port, Ask.get("/"))], 0.1, patience=0.3)
    assert nobody.errors[0].startswith("no connection")


def test_servers_of_anybody_are_compared(tmp_path):
    with stalling(0) as old, stalling(0) as new:
        scenario = yours.scenario(
            [yours.Running("old", old), yours.Running("new", new)], yours.Question("/", {"X-A": "b"})
        )
        report = runner.run(
            [scenario],
            Pace(rounds=1, seconds=1),
            baselines=tmp_path / "none",
            state=tmp_path,
            say=lambda _: None,
            done=lambda *_: None,
        )
    outcome = report.outcomes[0]
    assert outcome.failure == ""
    assert outcome.figures["new times old"] > 0.05
    assert {row.subject for row in outcome.rows} == {"old", "new"}
    assert all(row.total("errors") == 0 for row in outcome.rows)


@pytest.mark.parametrize(
    "told", ["http://127.0.0.1:80", "a=https://127.0.0.1", "a=http://example.org", "a=http://127.0.0.1:port"]
)
def test_only_servers_of_this_machine_are_taken(told):
    with pytest.raises(ConfigurationError, match="NAME=http"):
        yours.Running.read(told)
