"""What a server without Redis and without jobs does not wait for at its start, and what its parent does not hold."""

import subprocess
import sys

UNNEEDED = {"redis", "pgqueuer", "sqlalchemy", "scipy"}


def test_no_service_loads_what_only_some_installations_use():
    """Each of these costs a tenth of a second or more, and megabytes in every worker."""
    look = f"import sys, tandem.pomodoro.main, tandem.tokimeki.main; print({UNNEEDED} & sys.modules.keys())"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"


def test_the_process_that_only_waits_loads_little():
    """It lives as long as the service: whatever it imports is memory that nobody uses."""
    large = {"asyncio", "asyncpg", "click", "fastapi", "numpy", "pydantic", "rich"}
    look = f"import sys, tandem.core.serving.parent; print({large} & sys.modules.keys())"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"


def test_what_workers_share_starts_and_opens_nothing():
    """They are forked from a process that has imported it: a thread would be missing there, a connection shared."""
    look = """
import os, threading
from pathlib import Path
opened = lambda: sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{fd}").exists())
before = opened() if Path("/proc/self/fd").exists() else None
import tandem.pomodoro.app, tandem.tokimeki.app
assert before is None or opened() == before, opened()
print([thread.name for thread in threading.enumerate()])
"""
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "['MainThread']"


def test_reading_sessions_loads_no_masked_arrays():
    """numpy loads them for some ways to call it: 10 MB and a tenth of a second, on the event loop of each worker."""
    look = """
import sys
from tandem.pomodoro.models.session_spans import Spans
from tandem.pomodoro.repositories.snapshot_repository import _WIRE, _codes, _hashes
import numpy as np
rows = np.zeros(5, _WIRE)
rows["preset"] = 1, 1, 2, 2, 3
assert _hashes(rows.tobytes()) == {0, 1, 2, 3}
_codes(rows["preset"].astype(np.int64), {1: "a", 2: "b", 3: "c"}, 2)
assert Spans(np.array([3, 3, 4, 9]), np.zeros(4), np.zeros(4)).days == 3
assert Spans(np.array([], dtype=np.int64), np.zeros(0), np.zeros(0)).days == 0
print({"numpy.ma"} & sys.modules.keys())
"""
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"
