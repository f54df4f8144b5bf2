"""`tandem jobs`: an honest look, and a worker that starts and stops."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from e2e.processes import environment
from integration.command import Tandem


def test_status_says_that_nobody_works(tandem: Tandem) -> None:
    assert "no worker is running" in tandem("jobs", "status").stdout
    found = json.loads(tandem("jobs", "status", "--json").stdout)
    assert found["workers"] == []
    assert found["queues"]["models"] == dict.fromkeys(
        ("waiting", "running", "done", "failed", "cancelled"), 0
    )


def test_a_worker_is_seen_and_stops_when_told(tandem: Tandem, tmp_path: Path, database_url: str) -> None:
    home = tmp_path / "home"
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tandem", "jobs", "run"], stdout=out, stderr=out,
            env=environment(home, DATABASE_URL=database_url), cwd=tmp_path,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 40
        while not json.loads(tandem("jobs", "status", "--json").stdout)["workers"]:
            assert worker.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.5)
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
    assert json.loads(tandem("jobs", "status", "--json").stdout)["workers"] == []
