"""One answer on its way to its client: a bounded log of events between the task that writes and the response that reads.

A *plain* stream drops what was read, and makes its producer wait for a client that reads too slowly. A *resumable*
one keeps everything up to :data:`LOG_BYTES`, so that a client can come back for what it missed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, Protocol

import orjson

from tandem.core.errors import OperationalError, TandemError

UNREAD_EVENTS: Final = 64
"""How far a plain stream's producer may run ahead of its client."""

UNREAD_BYTES: Final = 256 * 1024
"""The same in bytes."""

LOG_BYTES: Final = 8 * 1024 * 1024
"""The longest resumable stream: twelve lanes of 4,000 tokens, each an event of its own, and half as much again."""

HEARTBEAT: Final = b": heartbeat\n\n"

EndReason = Literal["cancelled", "shutdown"]

Producer = Callable[["LiveStream"], Awaitable[None]]


class Ending(Protocol):
    """Anything that can be ended before its time: an answer of a model."""

    async def close(self, reason: str | None = None) -> None:
        """End it; ``reason`` is "cancelled", "shutdown" or None."""


def encode(number: int, name: str, data: Mapping[str, Any]) -> bytes:
    """Return one event in the wire form of the WHATWG specification of Server-Sent Events."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), orjson.dumps(data))


class Voice:
    """How a stream says that it ended before its time; this is our own way, other APIs have theirs."""

    def ended(self, number: int, reason: EndReason, so_far: Mapping[str, Any]) -> bytes:
        """Return the last event of a stream that was ended for ``reason``."""
        return encode(number, reason, {"partial": True, **so_far})

    def failed(self, number: int, error: TandemError, so_far: Mapping[str, Any]) -> bytes:
        """Return the last event of a stream that ``error`` ended, with what was delivered until then."""
        retry_after = error.retry_after if isinstance(error, OperationalError) else None
        told = {
            **error.extra, "error": error.message, "code": error.code, "status": error.status,
            "provider": getattr(error, "provider", None), "retry_after": retry_after,
        }  # fmt: skip
        return encode(number, "error", {**told, "partial": bool(so_far.get("delivered")), **so_far})


class TooLongError(TandemError):
    """A resumable stream is longer than can be kept."""

    code = "too_long"


class LogBytes:
    """How many bytes all logs of one worker hold together."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.taken = 0


class LiveStream:
    """One stream: written by its producer, read through :class:`StreamReader`. For one event loop."""

    def __init__(self, name: str, user: str, *, resumable: bool, voice: Voice, logs: LogBytes) -> None:
        """Begin an empty log; ``name`` is the stream's id, ``user`` the only one who may read or end it."""
        self.name, self.user, self.resumable = name, user, resumable
        self.begun = asyncio.Event()
        """Set by the first event, or by the end."""
        self.ended = False
        """Whether no event follows."""
        self.reason: EndReason | None = None
        """Why it was ended before its time, None if it was not."""
        self.failure: TandemError | None = None
        """What it failed with before its first event."""
        self.parts: Sequence[Callable[[], None]] = ()
        """What ends a part of it: the lanes of a comparison."""
        self.so_far: Callable[[], Mapping[str, Any]] = dict
        """Says what was delivered until now, for a last event that comes before its time."""
        self.readers = 0
        self.task: asyncio.Task[None] | None = None
        self._voice, self._logs = voice, logs
        self._complete = False
        self._log: list[bytes] = []
        self._first = self._next = 1
        self._read = self._bytes = 0
        self._changed, self._consumed = asyncio.Event(), asyncio.Event()

    async def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Append an event; a plain stream waits for its client here. Raises TooLongError at the log's bound."""
        await self._room()
        self.put(name, data)

    async def send(self, event: bytes) -> None:
        """Append an event that is encoded already; otherwise as :meth:`emit`."""
        await self._room()
        self._append(event)

    def put(self, name: str, data: Mapping[str, Any]) -> None:
        """Append an event without waiting."""
        self._append(encode(self._next, name, data))

    def complete(self) -> None:
        """Say that the answer is whole: from here on nothing is worth ending, and what is left is quickly done."""
        self._complete = True

    def fail(self, error: TandemError) -> None:
        """End with an error: for a request that still waits for its status, and as an event for all others."""
        if not self.begun.is_set():
            self.failure = error
        self._append(self._voice.failed(self._next, error, self.so_far()))

    def say_goodbye(self) -> None:
        """Tell the reader why nothing more comes."""
        self._append(self._voice.ended(self._next, self.reason or "cancelled", self.so_far()))

    def finish(self) -> None:
        """Say that no event follows."""
        self.ended = True
        self._changed.set()
        self.begun.set()

    def stop(self, reason: EndReason) -> None:
        """End the producer before its time, also before its first step; not one whose answer is whole."""
        if not (self.ended or self._complete or self.reason or self.task is None):
            self.reason = reason
            self.task.cancel()

    @asynccontextmanager
    async def ending(self, answer: Ending) -> AsyncIterator[None]:
        """Close ``answer`` at the end of the block, for the reason for which the stream is ended."""
        try:
            yield
        finally:
            await answer.close(self.reason)

    def forget(self) -> None:
        """Drop the log."""
        self._logs.taken -= self._bytes
        self._first, self._bytes = self._next, 0
        self._log.clear()

    def wake(self) -> None:
        """Have the readers look again."""
        self._changed.set()

    def events(self, after: int) -> list[bytes]:
        """Return what came behind event ``after``; a plain stream forgets it."""
        new = self._log[max(0, after + 1 - self._first) :]
        self._read = max(self._read, self._next - 1)
        self._consumed.set()
        if not self.resumable:
            self.forget()
        return new

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._next - 1

    async def changed(self, seconds: float) -> bool:
        """Wait for news; False after ``seconds`` of silence."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _room(self) -> None:
        if self.resumable:
            if self._bytes > LOG_BYTES:
                raise TooLongError("the stream is longer than can be kept")
            return
        while not self._complete and (self.last - self._read >= UNREAD_EVENTS or self._bytes >= UNREAD_BYTES):
            self._consumed.clear()
            await self._consumed.wait()

    def _append(self, event: bytes) -> None:
        self._log.append(event)
        self._bytes += len(event)
        self._logs.taken += len(event)
        self._next += 1
        self._changed.set()
        self.begun.set()


class StreamReader:
    """One client's way through a stream; :meth:`stop` may be called from anywhere."""

    def __init__(self, stream: LiveStream, after: int, heartbeat: float) -> None:
        """Begin behind event ``after``; a heartbeat is due after so many seconds of silence."""
        self.stream = stream
        self._position = after
        self._heartbeat = heartbeat
        self._stopped = False
        stream.readers += 1

    async def next(self) -> bytes | None:
        """Return the events that are there, or a heartbeat; None at the end of the stream or after a stop."""
        stream = self.stream
        while not self._stopped:
            if stream.last > self._position:
                events = stream.events(self._position)
                self._position = stream.last
                return b"".join(events)
            if stream.ended:
                break
            if not await stream.changed(self._heartbeat):
                return HEARTBEAT
        return None

    def stop(self) -> None:
        """Read no further."""
        self._stopped = True
        self.stream.wake()
