"""Runs a model in processes of its own, so that the event loop never waits for it.

The model is loaded at the first call, in the process, never where it is imported. Processes run at low priority with an explicit
number of threads: what serves requests goes first. Callers wait in order of arrival for a free process.

Fail modes: a process that dies is replaced by the next call, and the call that it had is tried once more in a
new one, then raises ModelDiedError. A call that takes longer than its caller allows costs the process its life, because
native code cannot be interrupted. A full queue raises ModelBusyError.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from tandem.core.errors import DrainingError
from tandem.inference.errors import ModelBusyError, ModelDiedError, ModelTimeoutError
from tandem.inference.process import ModelProcess, OnPiece
from tandem.inference.spec import ModelSpec

_MEMORY: Final = 0.2
_END: Final = object()


@dataclass(frozen=True, slots=True)
class RunnerStatistics:
    """One look; counts are since the start."""

    processes: int
    """Alive now."""
    busy: int
    waiting: int
    calls: int
    deaths: int
    """Processes that ended by themselves or were ended because they took too long."""
    seconds_per_call: float
    """Running mean, 0 before the first."""


class ModelRunner:
    """See the module's text. A resource of one event loop: :meth:`close` ends the processes."""

    def __init__(self, spec: ModelSpec) -> None:
        """Run the model of ``spec``; nothing is started yet."""
        self.spec = spec
        self.version = ""
        """As the model tells it, once it has been loaded."""
        self._idle: deque[ModelProcess] = deque()
        self._all: set[ModelProcess] = set()
        self._room = spec.processes
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False
        self._calls = self._deaths = 0
        self._pace = 0.0

    async def open(self) -> None:
        """Nothing to open: the model is loaded when it is needed, or by :meth:`load`."""

    async def load(self) -> str:
        """Load the model now, unless it is; returns its version. Raises what loading raises."""
        async with self._place() as process:
            return process.version

    async def close(self) -> None:
        """End all processes; calls under way raise."""
        self._closed = True
        while self._waiting:
            _free(self._waiting.popleft())
        await asyncio.gather(*(process.end() for process in list(self._all)))
        await asyncio.gather(*self._background, return_exceptions=True)

    async def ping(self) -> None:
        """Well until it is closed: a dead process is replaced at the next call."""
        if self._closed:
            raise RuntimeError(f"{self.spec.name} is closed")

    def statistics(self) -> RunnerStatistics:
        """Return one look."""
        return RunnerStatistics(
            processes=sum(process.alive for process in self._all), busy=self.spec.processes - self._room,
            waiting=len(self._waiting), calls=self._calls, deaths=self._deaths, seconds_per_call=self._pace,
        )  # fmt: skip

    @property
    def pids(self) -> list[int]:
        """The ids of the living processes."""
        return [process.pid for process in self._all if process.alive and process.pid is not None]

    async def call(self, method: str, *values: Any, seconds: float | None = None) -> Any:
        """Return what the model's ``method`` returns for ``values``, within ``seconds`` of its begin.

        Raises what the method raised, ModelBusyError, ModelTimeoutError, ModelDiedError, and what loading raises.
        """
        try:
            return await self._once(method, values, seconds)
        except ModelDiedError:
            return await self._once(method, values, seconds)

    async def stream(self, method: str, *values: Any, seconds: float | None = None) -> AsyncIterator[Any]:
        """Yield what the model's ``method`` yields; to be closed (``aclosing``), which stops the model at its next piece.

        Raises as :meth:`call` does, but tries nothing again.
        """
        pieces: asyncio.Queue[Any] = asyncio.Queue()
        task = asyncio.create_task(self._once(method, values, seconds, pieces.put_nowait))
        task.add_done_callback(lambda _: pieces.put_nowait(_END))
        try:
            while (piece := await pieces.get()) is not _END:
                yield piece
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _once(
        self, method: str, values: tuple[Any, ...], seconds: float | None, on_piece: OnPiece | None = None
    ) -> Any:
        async with self._place() as process:
            loop = asyncio.get_running_loop()
            began = loop.time()
            call = process.call(method, values, on_piece)
            try:
                # Behind a shield: a caller that leaves must not make the process look free while it still works.
                async with asyncio.timeout(seconds):
                    result = await asyncio.shield(call.answer)
            except TimeoutError as error:
                await process.end()
                raise ModelTimeoutError(
                    f"the model {self.spec.name} did not answer within {seconds:g} s"
                ) from error
            except asyncio.CancelledError:
                call.cancel()
                raise
            spent = loop.time() - began
            self._calls += 1
            self._pace = spent if self._calls == 1 else self._pace + _MEMORY * (spent - self._pace)
            return result

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[ModelProcess]:
        """Give a loaded process to one caller at a time."""
        await self._turn()
        process: ModelProcess | None = None
        try:
            process = await self._process()
            yield process
        finally:
            self._leave(process)

    async def _turn(self) -> None:
        if self._closed:
            raise DrainingError(f"the model {self.spec.name} is being unloaded")
        if self._room > 0 and not self._waiting:
            self._room -= 1
            return
        if len(self._waiting) >= self.spec.queue:
            ahead = len(self._waiting) + self.spec.processes
            raise ModelBusyError(self.spec.name, ahead * self._pace / self.spec.processes)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise
        if self._closed:
            self._pass_on()
            raise DrainingError(f"the model {self.spec.name} is being unloaded")

    async def _process(self) -> ModelProcess:
        while self._idle:
            process = self._idle.popleft()
            if process.alive:
                return process
            self._forget(process)
        process = ModelProcess(self.spec)
        self._all.add(process)
        try:
            await process.start()
        except BaseException:
            self._all.discard(process)
            raise
        self.version = process.version
        return process

    def _leave(self, process: ModelProcess | None) -> None:
        """Give the place back, once the process is really free."""
        if process is None:
            self._pass_on()
        elif not process.alive:
            self._forget(process)
            self._pass_on()
        elif process.busy:
            task = asyncio.create_task(self._leave_later(process))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        else:
            self._idle.append(process)
            self._pass_on()

    async def _leave_later(self, process: ModelProcess) -> None:
        await process.free()
        self._leave(process)

    def _forget(self, process: ModelProcess) -> None:
        if process in self._all:
            self._all.discard(process)
            self._deaths += not self._closed

    def _pass_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._room += 1


def _free(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
