"""One upstream answer that several callers read, each at his own pace, none of whom can harm the others.

The answer is pumped by a task of its own; callers read from what has arrived. One who leaves only stops reading; when
the last one has left, the task is cancelled and with it the upstream.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tandem.ai.client import AIClient, Answer
from tandem.ai.errors import BrokenStreamError
from tandem.ai.messages import ChatRequest, Delta, Origin, Outcome
from tandem.ai.policies.call import Call
from tandem.ai.policies.owned import OwnedWork, wait_for


class Flight:
    """An answer under way. For one event loop.

    ``call`` is that of the caller who began it and pays for it: it stays held until the answer has ended,
    wherever that caller is by then. Memory: the whole answer, which the provider bounds.
    """

    def __init__(self, call: Call, created: float, landed: Callable[["Flight"], Awaitable[None]]) -> None:
        """Begin at ``created`` (Unix seconds); ``landed`` is called with a complete answer, before readers learn it."""
        self.call = call
        self.created = created
        self.pieces: list[Delta] = []
        self.error: Exception | None = None
        self.over = False
        self.answer: Answer | None = None
        self._landed = landed
        self._readers = 0
        self._reason: str | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def abandoned(self) -> bool:
        """Whether it is being given up because everybody left: nobody may join any more."""
        return self._reason is not None

    @property
    def origin(self) -> Origin:
        """Who answers; only once the first piece is there."""
        assert self.answer is not None  # noqa: S101 - readers come to it through `begun`
        return self.answer.origin

    @property
    def outcome(self) -> Outcome:
        """What is known so far; only once the first piece is there."""
        assert self.answer is not None  # noqa: S101 - as above
        return self.answer.outcome

    def start(self, client: AIClient, request: ChatRequest, work: OwnedWork) -> None:
        """Begin to ask; in the context of the caller who pays."""
        self.call.hold()
        self._task = work.start(self._run(client, request), "shared-answer")
        # A task that is cancelled before its first step runs no line of its own.
        self._task.add_done_callback(self._end)

    def when_over(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` once it is over, however it ended."""
        if self._task is not None:
            self._task.add_done_callback(lambda _: tell())

    def join(self) -> None:
        """Begin to read; :meth:`leave` must follow."""
        self._readers += 1

    def leave(self, reason: str | None) -> bool:
        """Stop reading; True if that was the last one and the upstream is being ended for ``reason``."""
        self._readers -= 1
        self._tell()  # the one who leaves may be waiting in another task
        if self._readers or self.over or self._task is None:
            return False
        self._reason = reason or "cancelled"
        self._task.cancel()
        return True

    async def ended(self) -> None:
        """Wait until the upstream is closed."""
        if self._task is not None:
            await wait_for(self._task)

    async def begun(self) -> None:
        """Wait for the first piece; raises what went wrong before."""
        while self.answer is None and not self.over:
            await self.changed()
        if self.answer is None and self.error is not None:
            raise self.error

    async def changed(self) -> None:
        """Wait until there is more, or an end."""
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(news)
        try:
            await news
        finally:
            self._waiting.discard(news)

    async def _run(self, client: AIClient, request: ChatRequest) -> None:
        try:
            answer = self.answer = await client.open(request)
            self._tell()
            try:
                while (piece := await answer.next()) is not None:
                    self.pieces.append(piece)
                    self._tell()
            finally:
                await answer.close(self._reason)
            await self._landed(self)
        except Exception as error:  # noqa: BLE001 - each reader gets it
            self.error = error

    def _end(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            # By its last reader, who will not ask any more; or by a loop that is being closed.
            self.error = BrokenStreamError("the answer was given up before its end")
        self.over = True
        self.call.release()
        self._tell()

    def _tell(self) -> None:
        for news in self._waiting:
            if not news.done():
                news.set_result(None)
