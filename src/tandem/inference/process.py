"""The parent's end of one model's process."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, Final

from tandem.core.observability.logger import get_logger
from tandem.inference.errors import ModelDiedError, ModelTimeoutError
from tandem.inference.frames import CALL, CANCEL, DONE, PIECE, READY, packed, receive
from tandem.inference.spec import ModelSpec

log = get_logger(__name__)

END_SECONDS: Final = 2.0
"""How long an ended process may take to be gone."""

OnPiece = Callable[[Any], None]


class ModelProcess:
    """A process that holds one model. For one event loop; answers one call after the other.

    Fail mode: when it ends, for whatever reason, all calls under way raise ModelDiedError and ``alive`` is False for good.
    """

    def __init__(self, spec: ModelSpec) -> None:
        """Hold the model of ``spec``; nothing runs before :meth:`start`."""
        self._spec = spec
        self._numbers = count(1)
        self._calls: dict[int, tuple[asyncio.Future[Any], OnPiece | None]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.version = ""
        """What the model calls its own version."""
        self.alive = False

    @property
    def pid(self) -> int | None:
        """The process's id, None before the start."""
        return None if self._process is None else self._process.pid

    @property
    def busy(self) -> bool:
        """Whether a call is under way, whoever still waits for it."""
        return bool(self._calls)

    async def free(self) -> None:
        """Wait until no call is under way, or the process is gone."""
        await asyncio.gather(*(answer for answer, _ in self._calls.values()), return_exceptions=True)

    async def start(self) -> None:
        """Start the process and wait until its model is loaded.

        Raises what loading raised, ModelDiedError if the process ended, ModelTimeoutError if it took too long.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = await asyncio.to_thread(_launch, theirs, self._spec)
            reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        except BaseException:
            ours.close()
            await self.end()
            raise
        try:
            self._writer.write(packed(("load", self._spec.factory, dict(self._spec.arguments))))
            async with asyncio.timeout(self._spec.start_seconds):
                frame = await receive(reader)
        except TimeoutError as error:
            await self.end()
            raise ModelTimeoutError(
                f"the model {self._spec.name} was not loaded within {self._spec.start_seconds:g} s"
            ) from error
        except (EOFError, OSError) as error:
            await self.end()
            raise ModelDiedError(
                f"the process of the model {self._spec.name} ended while it loaded"
            ) from error
        except BaseException:
            await self.end()
            raise
        if frame[0] != READY:
            await self.end()
            raise frame[2]
        self.version, self.alive = frame[1], True
        self._reading = asyncio.create_task(self._read(reader), name=f"model:{self._spec.name}")
        log.event(
            "MODEL_LOADED", "%s is loaded", self._spec.name,
            context={"version": self.version, "pid": self.pid, "threads": self._spec.threads},
        )  # fmt: skip

    def call(self, method: str, values: tuple[Any, ...], on_piece: OnPiece | None = None) -> "Call":
        """Begin a call; ``on_piece`` is given what a method yields, piece by piece."""
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if not self.alive or self._writer is None:
            answer.set_exception(self._died())
            return Call(answer, lambda: None)
        self._calls[number] = (answer, on_piece)
        self._writer.write(packed((CALL, number, method, values)))
        return Call(answer, lambda: self._send_cancel(number))

    async def end(self) -> None:
        """End the process, whatever it does."""
        self.alive = False
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        process = self._process
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(asyncio.to_thread(process.wait, END_SECONDS))
        await self._hang_up()
        self._fail_all()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                kind, number, value = await receive(reader)
                if kind == PIECE:
                    self._piece(number, value)
                    continue
                answer, _ = self._calls.pop(number)
                if answer.done():
                    continue
                if kind == DONE:
                    answer.set_result(value)
                else:
                    answer.set_exception(value)
        except (EOFError, OSError):
            await self._gone()

    def _piece(self, number: int, value: Any) -> None:
        _, on_piece = self._calls[number]
        if on_piece is not None:
            on_piece(value)

    async def _gone(self) -> None:
        self.alive = False
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, END_SECONDS)
            log.event(
                "MODEL_DIED", "the process of %s ended", self._spec.name, level="WARNING",
                context={"pid": self.pid, "code": self._process.returncode, "calls": len(self._calls)},
            )  # fmt: skip
        await self._hang_up()
        self._fail_all()

    async def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    def _fail_all(self) -> None:
        calls, self._calls = self._calls, {}
        for answer, _ in calls.values():
            if not answer.done():
                answer.set_exception(self._died())

    def _died(self) -> ModelDiedError:
        return ModelDiedError(f"the process of the model {self._spec.name} ended before it answered")

    def _send_cancel(self, number: int) -> None:
        if self.alive and self._writer is not None and number in self._calls:
            self._writer.write(packed((CANCEL, number)))


class Call:
    """A call under way. ``answer`` is shared by nobody: cancel it through :meth:`cancel`."""

    __slots__ = ("_cancel", "answer")

    def __init__(self, answer: asyncio.Future[Any], cancel: Callable[[], None]) -> None:
        """Await ``answer``, behind a shield; ``cancel`` tells the process."""
        self.answer, self._cancel = answer, cancel

    def cancel(self) -> None:
        """Ask the model to stop at its next piece; the process is free again when ``answer`` is done."""
        self._cancel()


def _launch(theirs: socket.socket, spec: ModelSpec) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "tandem.inference.child", str(theirs.fileno()), str(spec.niceness)],
        pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env=_environment(spec.threads),
        start_new_session=True,
    )  # fmt: skip


def _environment(threads: int) -> dict[str, str]:
    """Return the environment in which native code sees the size that it may have.

    OpenMP and BLAS read these once, when they are loaded; the defaults are all cores of the host. Threads that
    wait must sleep: spinning they would take the cores from what serves requests.
    """
    sizes = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {
        **os.environ, **dict.fromkeys(sizes, str(threads)), "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip


def _seen(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()
