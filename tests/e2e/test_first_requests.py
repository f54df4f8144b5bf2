"""The first request of each kind keeps nobody else waiting: what is loaded or built late is loaded at the start, or in a thread."""

import re
import sys
from pathlib import Path

import pytest

from e2e.processes import Server, free_port
from integration.test_nothing_blocks import plain_reads

LOOKS = {"TANDEM_LOOP_WATCH": "0.005", "TANDEM_LOCAL_ENABLED": "false"}
LONGEST = "0.1"
"""Seconds of CPU; some 10 ms are the most on a quiet machine, and a busy one is slower."""


def stretches(server: Server) -> tuple[float, float]:
    """How often the loop's thread computed for longer than that in one go, and how often it was looked at."""
    text = server.client.get("/metrics").text
    counts = dict(re.findall(r'tandem_event_loop_busy_seconds_bucket\{le="([^"]+)"\} (\S+)', text))
    return float(counts["+Inf"]) - float(counts[LONGEST]), float(counts["+Inf"])


@pytest.mark.parametrize("service", ["pomodoro", "tokimeki"])
def test_no_first_request_keeps_the_loop(service: str, tmp_path: Path, shared_database: str) -> None:
    """From the start on: the document of all routes, the metrics, and every read that needs no argument."""
    port = free_port()
    command = [sys.executable, "-m", "tandem", "serve", service, "--port", str(port)]
    with Server(command, tmp_path / "home", port, DATABASE_URL=shared_database, **LOOKS) as server:
        paths = plain_reads(server.client)
        assert len(paths) > 15
        for path in paths:
            assert server.client.get(path).status_code < 500, path
        long, looks = stretches(server)
        assert looks > 40
        assert long == 0
