"""The worker of background jobs as `tandem up` keeps it: started, started again when it dies, stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Final

from tandem.cli.log_file import RotatingLog
from tandem.core.settings import Settings

PAUSE: Final = 2.0
"""Seconds between two starts at least, doubled with each death in a row up to a minute."""

STEADY: Final = 60.0
"""Seconds after which a worker counts as one that stays up."""


class JobsProcess:
    """One `tandem jobs run` as a child."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing runs before :meth:`start`."""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._deaths = 0
        self.log = settings.home_path / "logs" / "jobs.log"

    def start(self) -> None:
        """Start the worker."""
        command = [sys.executable, "-m", "tandem", "jobs", "run", "--parent", str(os.getpid())]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"TANDEM_HOME": str(self._settings.home_path)},
        )  # fmt: skip
        self._started = time.monotonic()
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        follow = RotatingLog(self.log).follow
        threading.Thread(target=follow, args=(self._process.stdout,), daemon=True, name="log jobs").start()

    def revive(self) -> bool:
        """Start the worker again if it has ended and its pause is over; tells whether it did."""
        if self._process is None or self._process.poll() is None:
            return False
        age = time.monotonic() - self._started
        if age > STEADY:
            self._deaths = 0
        if age < min(60.0, PAUSE * 2.0**self._deaths):
            return False
        self._deaths = min(self._deaths + 1, 10)
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Let running jobs end and begin no other."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self, seconds: float) -> None:
        """Wait for the end, and bring it about after ``seconds``."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
