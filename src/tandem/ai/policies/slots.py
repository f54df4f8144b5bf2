"""A bounded number of places with a bounded queue in front, served in order of arrival."""

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlotsStatistics:
    """One look at a provider's places; per worker."""

    taken: int
    """Answers under way."""
    limit: int
    waiting: int
    """Callers in the queue."""
    queue: int
    """Callers that the queue holds at most."""
    refused: int
    """Callers sent away since the start: queue full, or waited too long."""
    longest_wait: float
    """Seconds, of those that were served."""


class Slots:
    """Places for answers. For one event loop; each successful :meth:`take` needs one :meth:`give_back`.

    A place that becomes free goes to the longest waiting caller by name, not to whoever comes next; a caller
    that is cancelled leaves the queue, and passes on a place that it was given in the same moment.
    """

    def __init__(self, limit: int, queue: int, wait: float) -> None:
        """Allow ``limit`` (>= 1) at once and ``queue`` (>= 0) waiting for at most ``wait`` seconds."""
        self._limit, self._queue, self._wait = limit, queue, wait
        self._taken = self._refused = 0
        self._longest = 0.0
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def take(self, seconds: float | None = None) -> bool:
        """Take a place, waiting if need be but no longer than ``seconds``; False if there is none."""
        if self._taken < self._limit and not self._waiting:
            self._taken += 1
            return True
        if len(self._waiting) >= self._queue:
            self._refused += 1
            return False
        return await self._queued(self._wait if seconds is None else min(seconds, self._wait))

    def give_back(self) -> None:
        """Free a place."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(True)  # the place changes hands and stays taken
                return
        self._taken -= 1

    def statistics(self) -> SlotsStatistics:
        """Return one look."""
        return SlotsStatistics(
            self._taken, self._limit, len(self._waiting), self._queue, self._refused, self._longest
        )

    async def _queued(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(place)
        began = loop.time()
        timer = loop.call_later(max(0.0, seconds), self._give_up, place)
        try:
            got = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.give_back()
            elif place in self._waiting:
                self._waiting.remove(place)
            raise
        finally:
            timer.cancel()
        if got:
            self._longest = max(self._longest, loop.time() - began)
        else:
            self._refused += 1
        return got

    def _give_up(self, place: asyncio.Future[bool]) -> None:
        if not place.done():
            self._waiting.remove(place)
            place.set_result(False)
