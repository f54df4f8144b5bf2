"""Joins single requests into small batches, which models work through much faster.

A batch is whatever waits when a lane becomes free, up to ``size`` items; an idle lane waits ``wait`` seconds for more to
come. Requests with many items take turns with the others, so that one of 256 texts does not make a single text wait for all.

Fail modes: a full queue refuses with the seconds after which it should be worked off. What a caller no longer waits for is
left out, and nobody else notices. If a batch fails, its items are tried one by one, and only those that fail alone fail.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tandem.core.errors import DrainingError
from tandem.inference.errors import ModelBusyError, ModelFailedError

T = TypeVar("T")
R = TypeVar("R")

Run = Callable[[list[T]], Awaitable[Sequence[R]]]

_MEMORY: Final = 0.2
"""Weight of the newest batch in the running mean of seconds per item."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much at once, and how much may wait."""

    size: int = 32
    """Items of one batch, at least 1."""
    wait: float = 0.003
    """Seconds that an idle lane waits for a batch to grow."""
    queue: int = 1024
    """Items that may wait; more are refused."""
    lanes: int = 1
    """Batches that run at once."""


@dataclass(frozen=True, slots=True)
class BatcherStatistics:
    """One look; counts are since the start."""

    waiting: int
    """Items in the queue that somebody waits for."""
    running: int
    """Items in batches under way."""
    batches: int
    items: int
    """Items that were in those batches."""
    skipped: int
    """Items that nobody waited for any more."""
    refused: int
    """Items that found the queue full."""
    seconds_per_item: float
    """Running mean, 0 before the first batch."""


class _Entry(Generic[T, R]):
    __slots__ = ("answer", "item", "queued")

    def __init__(self, item: T, answer: asyncio.Future[R], queued: float) -> None:
        self.item, self.answer, self.queued = item, answer, queued


class Observer:
    """Is told of each batch; counts nothing by itself."""

    def batch(self, size: int, seconds: float, waits: Sequence[float]) -> None:
        """Take note of a batch of ``size`` items that took ``seconds``, each item having waited so long before."""


class Batcher(Generic[T, R]):
    """See the module's text. A resource of one event loop."""

    def __init__(
        self, name: str, run: Run[T, R], limits: BatchLimits | None = None, observer: Observer | None = None
    ) -> None:
        """Have ``run`` work through batches for the model ``name``; it returns one result for each item, in order."""
        self._name, self._run = name, run
        self._limits = limits or BatchLimits()
        self._observer = observer or Observer()
        self._groups: deque[deque[_Entry[T, R]]] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._arrived = asyncio.Event()
        self._waiting = self._running = 0
        self._batches = self._items = self._skipped = self._refused = 0
        self._pace = 0.0

    async def open(self) -> None:
        """Start the lanes."""
        self._tasks = [
            asyncio.create_task(self._lane(), name=f"batches:{self._name}") for _ in range(self._limits.lanes)
        ]

    async def close(self) -> None:
        """Stop; whoever still waits is told that the process stops."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for group in self._groups:
            for entry in group:
                _refuse(entry, _stopping())
        self._groups.clear()

    async def ping(self) -> None:
        """Raise RuntimeError if a lane has ended."""
        if any(task.done() for task in self._tasks):
            raise RuntimeError(f"the batches of {self._name} have stopped")

    async def submit(self, item: T) -> R:
        """Return the result for ``item``; raises ModelBusyError, and what the model raises for it."""
        return (await self.submit_all([item]))[0]

    async def submit_all(self, items: Sequence[T]) -> list[R]:
        """Return the results in order; either all items are accepted or none.

        Raises ModelBusyError, and the first error that the model raises for one of them.
        """
        if not items:
            return []
        entries = self._enqueue(items)
        try:
            return await asyncio.gather(*(entry.answer for entry in entries))
        finally:
            for entry in entries:
                entry.answer.cancel()

    def statistics(self) -> BatcherStatistics:
        """Return one look."""
        return BatcherStatistics(
            self._waiting, self._running, self._batches, self._items, self._skipped, self._refused, self._pace
        )

    def _enqueue(self, items: Sequence[T]) -> list[_Entry[T, R]]:
        if self._waiting + len(items) > self._limits.queue:
            self._refused += len(items)
            ahead = self._waiting + self._running
            raise ModelBusyError(self._name, ahead * self._pace / self._limits.lanes)
        loop = asyncio.get_running_loop()
        now = loop.time()
        entries = [_Entry[T, R](item, loop.create_future(), now) for item in items]
        self._waiting += len(entries)
        for entry in entries:
            entry.answer.add_done_callback(_seen)
        self._groups.append(deque(entries))
        self._arrived.set()
        return entries

    async def _lane(self) -> None:
        while True:
            if not self._groups:
                self._arrived.clear()
                await self._arrived.wait()
                if self._waiting < self._limits.size and self._limits.wait > 0:
                    await asyncio.sleep(self._limits.wait)
            batch = self._gather()
            if batch:
                await self._work(batch)

    def _gather(self) -> list[_Entry[T, R]]:
        """Take up to ``size`` items, one of each group in turn."""
        batch: list[_Entry[T, R]] = []
        while self._groups and len(batch) < self._limits.size:
            group = self._groups.popleft()
            entry = group.popleft()
            if group:
                self._groups.append(group)
            self._waiting -= 1
            if entry.answer.done():
                self._skipped += 1
            else:
                batch.append(entry)
        return batch

    async def _work(self, batch: list[_Entry[T, R]]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._running += len(batch)
        try:
            await self._answer(batch)
        except asyncio.CancelledError:
            for entry in batch:
                _refuse(entry, _stopping())
            raise
        finally:
            self._running -= len(batch)
        seconds = loop.time() - began
        self._batches += 1
        self._items += len(batch)
        pace = seconds / len(batch)
        self._pace = pace if self._batches == 1 else self._pace + _MEMORY * (pace - self._pace)
        self._observer.batch(len(batch), seconds, [began - entry.queued for entry in batch])

    async def _answer(self, batch: list[_Entry[T, R]]) -> None:
        try:
            results = await self._run([entry.item for entry in batch])
            if len(results) != len(batch):
                raise ModelFailedError(f"{self._name} gave {len(results)} results for {len(batch)} items")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to those who asked
            if len(batch) == 1:
                _refuse(batch[0], error)
                return
            for entry in batch:
                if not entry.answer.done():
                    await self._answer([entry])
            return
        for entry, result in zip(batch, results, strict=True):
            if not entry.answer.done():
                entry.answer.set_result(result)


def _refuse(entry: _Entry[T, R], error: Exception) -> None:
    if not entry.answer.done():
        entry.answer.set_exception(error)


def _stopping() -> DrainingError:
    return DrainingError("this process is about to stop")


def _seen(answer: asyncio.Future[R]) -> None:
    """Look at an error, so that nobody is told it was never retrieved when its caller has left."""
    if not answer.cancelled():
        answer.exception()
