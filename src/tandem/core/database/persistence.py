"""Listening for ever: again after each loss, with growing pauses, and each fault is told once.

Fail mode: that of who listens, which tells its followers of a loss itself; here nothing is kept that could be lost.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from tandem.core.database.failures import RAISED_BY_ASYNCPG
from tandem.core.errors import OperationalError

FIRST_PAUSE: Final = 0.05


class Persistence:
    """Does the same again whenever it fails."""

    def __init__(self, log: logging.Logger, what: str, longest_pause: float) -> None:
        """Say that ``what`` is not heard; wait up to ``longest_pause`` seconds between attempts."""
        self._log, self._what, self._longest = log, what, longest_pause
        self._failures = 0
        self._fault = ""

    def works(self) -> None:
        """Take note that the present attempt succeeded: its fault will be told, whatever it is."""
        self._fault = ""

    def lasts(self) -> None:
        """Take note that it has held for a while: after a loss the next attempt follows at once."""
        self._failures = 0

    async def run(self, listen: Callable[[], Awaitable[None]]) -> None:
        """Call ``listen`` until cancelled."""
        while True:
            try:
                await listen()
            except (OperationalError, OSError, *RAISED_BY_ASYNCPG) as error:
                if str(error) != self._fault:
                    self._log.warning("%s are not heard: %s", self._what, error)
                self._fault = str(error)
            except Exception:  # noqa: BLE001 - a mistake of ours must not end the listening
                self._log.exception("%s are not heard", self._what)
            await asyncio.sleep(self._pause())
            self._failures += 1

    def _pause(self) -> float:
        """Return seconds: none after the first failure, jittered after that."""
        if self._failures == 0:
            return 0.0
        return random.uniform(0.5, 1.0) * min(self._longest, FIRST_PAUSE * 2.0 ** min(self._failures, 10))
