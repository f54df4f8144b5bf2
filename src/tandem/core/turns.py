"""Computations on the event loop take turns: one begins per round of the loop, and everything else that is ready goes between.

Without it a burst of them would run one after the other, and an answer that needs no computation would wait for all.

Fail mode: none of its own; there is nothing to hold and nothing to give back. A computation is not interrupted, so who
waits for the loop waits for one of them at most: keep each within some milliseconds, send longer ones to a thread.
"""

import asyncio
from collections import deque


class Turns:
    """First come, first served. For one event loop."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._running = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    async def mine(self) -> None:
        """Return when it is the caller's turn to compute; what follows up to the next ``await`` is the computation."""
        loop = asyncio.get_running_loop()
        if not self._running:
            # Nobody else has begun in this round.
            self._running = True
            loop.call_soon(self._next, loop)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake the first who still waits; its computation runs in the next round, and the one after it follows then."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                loop.call_soon(self._next, loop)
                return
        self._running = False
