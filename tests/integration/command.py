"""The command `tandem` in a thread of this process, or as a process of its own."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.processes import environment
from tandem.cli import runtime
from tandem.cli.main import main

Tandem = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tandem(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Tandem:
    """Run the command on a fresh database, in a thread of this process: ``tandem("db", "status", expect=0)``."""

    def run(
        *words: str, expect: int = 0, stdin: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        wanted = environment(
            tmp_path / "home", **({"DATABASE_URL": database_url, "COLUMNS": "200"} | settings)
        )
        codes: list[object] = []

        def work() -> None:
            try:
                main(list(words))
            except SystemExit as end:
                codes.append(end.code)

        with monkeypatch.context() as patch:
            for name in set(os.environ) - set(wanted):
                patch.delenv(name)
            for name, value in wanted.items():
                patch.setenv(name, value)
            # The console may have been made by an earlier test, on a narrower terminal.
            patch.setattr(runtime.console, "_width", int(wanted["COLUMNS"]))
            patch.chdir(tmp_path)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(60)
        out, err = capfd.readouterr()
        assert codes == [expect], f"{words}: {codes}\n{out}\n{err}"
        return subprocess.CompletedProcess(words, expect, out, err)

    return run


def process(*words: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tandem", *words], capture_output=True, text=True, cwd=home.parent, timeout=60,
        env=environment(home, **settings), check=False,
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """The error is a single line on stderr that holds ``words``; nothing is on stdout."""
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
