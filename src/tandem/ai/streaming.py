"""Answers on their way to clients as Server-Sent Events.

A stream is produced by a task that the hub owns and read by the response of a request. A *plain* stream ends with its
client: when it leaves, the producer is cancelled at once, and with it the upstream. A *resumable* one goes on for
:data:`GRACE_SECONDS` after the last connection was lost; a client that comes back with ``Last-Event-ID`` gets what it
missed and follows on.

Bounds: :data:`MOST_STREAMS` streams, :data:`LOGS_BYTES` of logs that are kept for clients. Logs live in their worker; how other workers
reach a stream is the business of :mod:`~tandem.ai.stream_exchange`.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from tandem.ai.live_stream import LiveStream, LogBytes, Producer, StreamReader, Voice
from tandem.core.drain import Drain
from tandem.core.errors import ConflictError, DrainingError, OperationalError, TandemError
from tandem.core.observability.logger import get_logger

log = get_logger(__name__)

GRACE_SECONDS: Final = 15.0
"""How long a resumable stream goes on without a client, and is kept after its end."""

HEARTBEAT_SECONDS: Final = 10.0
"""A comment line is sent after so much silence, so that proxies keep the connection."""

MOST_STREAMS: Final = 2_000

LOGS_BYTES: Final = 256 * 1024 * 1024
"""Beyond it no resumable stream begins."""

OUR_VOICE: Final = Voice()


class TooManyStreamsError(OperationalError):
    """This worker holds as many streams as it may."""

    code = "too_many_streams"


class StreamBrokeError(TandemError):
    """A mistake of ours ended the stream; it was logged."""


@dataclass(frozen=True, slots=True)
class HubStatistics:
    """What a hub holds now, and since its start."""

    open: int
    """Streams being produced or kept for their clients."""
    log_bytes: int
    """Bytes of their logs."""
    started: int
    """Streams since the start."""
    cancelled: int
    """Streams ended by their client, a DELETE, a shutdown or the end of the grace time."""


class StreamHub:
    """Owns the producers of one worker; a resource that is closed before whatever they write to."""

    def __init__(
        self, drain: Drain, *, grace: float = GRACE_SECONDS, heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        """End all streams with ``event: shutdown`` when ``drain`` begins."""
        self.worker = uuid4().hex[:8]
        """Names this worker in the ids of its streams."""
        self.grace, self.heartbeat = grace, heartbeat
        self._drain = drain
        self._streams: dict[tuple[str, str], LiveStream] = {}
        self._timers: dict[LiveStream, asyncio.TimerHandle] = {}
        self._logs = LogBytes()
        self._watch: asyncio.Task[None] | None = None
        self._started = self._cancelled = 0

    def statistics(self) -> HubStatistics:
        """Return one look at the hub."""
        return HubStatistics(len(self._streams), self._logs.taken, self._started, self._cancelled)

    async def open(self) -> None:
        """Begin to watch for the drain."""
        self._watch = asyncio.create_task(self._end_all(), name="stream-hub")

    async def close(self) -> None:
        """End what is left and wait until every producer has settled its account."""
        if self._watch is not None:
            self._watch.cancel()
        for timer in self._timers.values():
            timer.cancel()
        tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
        for stream in list(self._streams.values()):
            stream.stop("shutdown")
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ping(self) -> None:
        """Nothing can be wrong here."""

    def new_name(self) -> str:
        """Return an id for a stream; it tells the worker in which the stream lives."""
        return f"{self.worker}-{uuid4().hex}"

    def start(
        self, name: str, user: str, produce: Producer, *, resumable: bool = False, voice: Voice = OUR_VOICE
    ) -> StreamReader:
        """Start a stream for a client, which reads it from its first event on; :meth:`leave` must follow.

        Raises ConflictError if ``user`` has one of this ``name``, TooManyStreamsError at the bounds, DrainingError.
        """
        if (user, name) in self._streams:
            raise ConflictError("this stream id is in use")
        if self._drain.started:
            raise DrainingError("this server is about to stop and begins no new stream")
        if len(self._streams) >= MOST_STREAMS or (resumable and self._logs.taken > LOGS_BYTES):
            raise TooManyStreamsError("this server holds as many streams as it can", retry_after=2)
        stream = LiveStream(name, user, resumable=resumable, voice=voice, logs=self._logs)
        self._streams[user, name] = stream
        self._started += 1
        stream.task = asyncio.create_task(self._produce(stream, produce), name=f"stream {name}")
        # A task that is cancelled before its first step runs no line of its own.
        stream.task.add_done_callback(lambda _: self._over(stream))
        return StreamReader(stream, 0, self.heartbeat)

    def find(self, name: str, user: str) -> LiveStream | None:
        """Return a stream of ``user`` in this worker, None for one that is unknown, forgotten or somebody else's."""
        return self._streams.get((user, name))

    def read(self, stream: LiveStream, after: int = 0) -> StreamReader:
        """Let a client come back behind event ``after``; :meth:`leave` must follow. Raises ConflictError."""
        if not stream.resumable:
            raise ConflictError("this stream is not resumable: only who began it reads it, once")
        if (timer := self._timers.pop(stream, None)) is not None:
            timer.cancel()
        return StreamReader(stream, after, self.heartbeat)

    def leave(self, reader: StreamReader) -> None:
        """Take note that a client left: a plain stream ends with it, a resumable one waits for it to return."""
        reader.stream.readers -= 1
        if not reader.stream.readers:
            self._abandoned(reader.stream)

    def _abandoned(self, stream: LiveStream) -> None:
        if stream.resumable and stream.failure is None:
            self._wait_for_return(stream)
        elif stream.ended:
            self._forget(stream)
        else:
            stream.stop("cancelled")

    def _wait_for_return(self, stream: LiveStream) -> None:
        def give_up() -> None:
            del self._timers[stream]
            stream.stop("cancelled")
            if stream.ended:
                self._forget(stream)

        if (earlier := self._timers.pop(stream, None)) is not None:
            earlier.cancel()
        self._timers[stream] = asyncio.get_running_loop().call_later(self.grace, give_up)

    async def _produce(self, stream: LiveStream, produce: Producer) -> None:
        try:
            await produce(stream)
        except asyncio.CancelledError:
            stream.say_goodbye()
        except TandemError as error:
            stream.fail(error)
        except Exception as error:  # noqa: BLE001 - the reader must not take a broken answer for a whole one
            log.event("STREAM_BROKE", "a stream failed unexpectedly", level="ERROR", error=error)
            stream.fail(StreamBrokeError("An unexpected error happened; it was logged."))
        finally:
            stream.finish()

    def _over(self, stream: LiveStream) -> None:
        self._cancelled += stream.reason is not None
        if not stream.ended:
            stream.say_goodbye()
            stream.finish()
        if not stream.readers:
            self._abandoned(stream)

    def _forget(self, stream: LiveStream) -> None:
        if self._streams.get((stream.user, stream.name)) is stream:
            del self._streams[stream.user, stream.name]
        stream.forget()

    async def _end_all(self) -> None:
        await self._drain.wait()
        for stream in list(self._streams.values()):
            stream.stop("shutdown")
