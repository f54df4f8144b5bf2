"""Granian as it is gives requests their first step at once (docs/adr/0018-answers-without-a-task.md)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from e2e.processes import START_SECONDS, environment, fetch, free_port, until


def test_granian_answers_at_once(tmp_path: Path) -> None:
    """A change of the server that undoes it is seen here, and nowhere else but in the benchmark."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--no-ws"]
    server = subprocess.Popen(
        [*command, "--port", str(port), "e2e.first_step_app:app"], env=environment(tmp_path), cwd=tmp_path
    )

    def asked(path: str) -> str | None:
        try:
            return fetch(port, path)[1]
        except OSError:
            return None

    try:
        until(lambda: asked("/at-once"), START_SECONDS)
        assert asked("/at-once") == "step"
        assert asked("/sent") == "step"
        expected = {"/at-once": "step", "/later": "step task", "/wrong": "step task"}
        with ThreadPoolExecutor(16) as callers:
            said = list(callers.map(lambda path: (path, asked(path)), list(expected) * 30))
        assert set(said) == set(expected.items())
        server.terminate()
        assert server.wait(15) == 0
    finally:
        server.kill()
        server.wait(5)
