"""Reaches streams that live in other workers of the service, on this machine or another.

Every worker listens on one channel of PostgreSQL. A question about a stream that is not here goes to all others; each of
them does what is wished, if the stream is there, and says so. Only ending a stream works from afar: to follow it,
a client has to reach its worker.

Fail mode: while PostgreSQL is away only this worker's own streams can be reached. Whoever asks for another one is told
so: 409 if the id names another worker, 404 with that reason otherwise. Needs a connection to PostgreSQL itself: a pooler
that shares connections between transactions drops notifications without a sign, and then all others look silent.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from tandem.ai.live_stream import LiveStream
from tandem.ai.stream_messages import Question, Reply, Wish, read
from tandem.ai.streaming import StreamHub
from tandem.core.database.failures import RAISED_BY_ASYNCPG
from tandem.core.database.pool import Database, DatabaseConnection
from tandem.core.errors import ConflictError, DatabaseUnavailableError, NotFoundError, OperationalError
from tandem.core.observability.logger import get_logger

log = get_logger(__name__)

CHANNEL: Final = "tandem_streams"

REPLY_SECONDS: Final = 1.0
"""How long the others' replies are waited for; they come within a few milliseconds."""

RETRY_SECONDS: Final = 1.0
"""Between two attempts to listen."""

HEARTBEAT_SECONDS: Final = 10.0
"""After so much silence the listening connection is asked whether it lives."""

_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = $1 AND pid <> $2
"""


class _Asked:
    """A question under way."""

    def __init__(self, others: int) -> None:
        self.missing = others
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def take(self, *, found: bool) -> None:
        self.missing -= 1
        if not self.answer.done() and (found or self.missing <= 0):
            self.answer.set_result(found)


class StreamExchange:
    """Ends and finds streams wherever they live; a resource with :meth:`open`, :meth:`close` and :meth:`ping`."""

    def __init__(self, hub: StreamHub, database: Database) -> None:
        """Speak for ``hub``."""
        self._hub, self._database = hub, database
        self._connection: DatabaseConnection | None = None
        self._listening: tuple[str, int] | None = None
        self._lost = asyncio.Event()
        self._asked: dict[str, _Asked] = {}
        self._replies: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to listen in the background; does not fail when PostgreSQL is down."""
        self._task = asyncio.create_task(self._run(), name="stream-exchange")

    async def close(self) -> None:
        """Stop listening."""
        tasks = [*self._replies, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ping(self) -> None:
        """Raise DatabaseUnavailableError while other workers' streams cannot be reached."""
        if self._listening is None:
            raise DatabaseUnavailableError("streams of other workers cannot be reached at the moment")

    async def cancel(self, name: str, user: str) -> None:
        """End a stream of ``user``; raises NotFoundError, or ConflictError if its worker cannot be reached."""
        if (stream := self._hub.find(name, user)) is not None:
            stream.stop("cancelled")
        elif not await self._others("cancel", name, user):
            raise NotFoundError("there is no such stream; it may be over")

    async def cancel_part(self, name: str, user: str, part: int) -> None:
        """End one lane of a comparison; raises as :meth:`cancel` does."""
        if (stream := self._hub.find(name, user)) is not None:
            done = _end_part(stream, part)
        else:
            done = await self._others("cancel_part", name, user, part)
        if not done:
            raise NotFoundError("there is no such stream or lane; it may be over")

    async def find(self, name: str, user: str) -> LiveStream:
        """Return a stream of ``user``; raises NotFoundError, and ConflictError for one that lives in another worker."""
        if (stream := self._hub.find(name, user)) is not None:
            return stream
        if await self._others("find", name, user):
            raise ConflictError(
                "this stream lives in another worker of this service and can be followed only there; connect again"
            )
        raise NotFoundError("there is no such stream; it may be over")

    async def _others(self, wish: Wish, name: str, user: str, part: int = 0) -> bool:
        """Ask all other workers; True if one of them has the stream and did as wished."""
        if name.startswith(f"{self._hub.worker}-"):
            return False
        question = Question(uuid4().hex, self._hub.worker, wish, name, user, part)
        try:
            return await self._ask(question)
        except OperationalError as error:
            reason = "streams of other workers cannot be reached while the database is away"
            if _names_a_worker(name):
                raise ConflictError(f"this stream is not in this worker, and {reason}") from error
            raise NotFoundError(f"there is no such stream in this worker, and {reason}") from error

    async def _ask(self, question: Question) -> bool:
        if self._listening is None:
            raise DatabaseUnavailableError("not listening")
        others = await self._database.fetchval(_OTHERS, *self._listening)
        if not others:
            return False
        asked = self._asked[question.number] = _Asked(others)
        try:
            await self._say(question)
            async with asyncio.timeout(REPLY_SECONDS):
                return await asked.answer
        except TimeoutError:
            return False
        finally:
            del self._asked[question.number]

    async def _say(self, message: Question | Reply) -> None:
        await self._database.execute("SELECT pg_notify($1, $2)", CHANNEL, message.payload())

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OperationalError, OSError, *RAISED_BY_ASYNCPG) as error:
                log.debug("streams of other workers cannot be reached: %s", error)
            except Exception:
                log.exception("streams of other workers cannot be reached")
            finally:
                self._connection = self._listening = None
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await self._database.connect_apart("streams")
        try:
            self._lost.clear()
            connection.add_termination_listener(lambda _: self._lost.set())
            await connection.add_listener(CHANNEL, self._heard)
            row = await connection.fetchrow("SELECT current_setting('application_name'), pg_backend_pid()")
            self._connection, self._listening = connection, (row[0], row[1])
            while not connection.is_closed():
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await self._lost.wait()
                        return
                await connection.execute("SELECT 1", timeout=HEARTBEAT_SECONDS)
        finally:
            connection.terminate()

    def _heard(self, connection: Any, _pid: int, _channel: str, payload: str) -> None:
        message = read(payload)
        if connection is not self._connection or message is None:
            return
        if isinstance(message, Reply):
            if (asked := self._asked.get(message.number)) is not None:
                asked.take(found=message.found)
        elif message.asker != self._hub.worker:
            task = asyncio.create_task(self._reply(Reply(message.number, self._does(message))))
            self._replies.add(task)
            task.add_done_callback(self._replies.discard)

    def _does(self, question: Question) -> bool:
        stream = self._hub.find(question.name, question.user)
        if stream is None:
            return False
        if question.wish == "cancel":
            stream.stop("cancelled")
        return question.wish != "cancel_part" or _end_part(stream, question.part)

    async def _reply(self, reply: Reply) -> None:
        # Who asked waits a second for it and then believes that there is no such stream.
        with suppress(OperationalError):
            await self._say(reply)


def _end_part(stream: LiveStream, part: int) -> bool:
    if not 0 <= part < len(stream.parts):
        return False
    stream.parts[part]()
    return True


def _names_a_worker(name: str) -> bool:
    worker, dash, rest = name.partition("-")
    return bool(dash) and len(worker) == 8 and len(rest) == 32 and (worker + rest).isalnum()
