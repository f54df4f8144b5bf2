"""What the endpoint of a cached route answered, and whether that may be kept.

Errors, answers that set cookies, very large ones, and what was made while the clock went on to the next bucket are not.
"""

import asyncio
from typing import Final

from tandem.core import annotations
from tandem.core.cache.tiered import UnansweredError
from tandem.core.clock import Clock
from tandem.core.middleware.cache_request import Asked
from tandem.core.middleware.cached_answer import Answer, Headers, Message, answer_of
from tandem.core.middleware.correlation import App, Receive

LARGEST_BODY: Final = 1024 * 1024

UNKEPT: Final = (b"x-unkept", b"")
"""Never sent: stands for :func:`~tandem.core.annotations.do_not_keep` among the headers."""


class UnkeptError(Exception):
    """The endpoint answered with something that is not kept."""

    def __init__(self, asked: Asked, messages: list[Message], notes: Headers) -> None:
        """Tell the ``messages`` that it sent, and the headers that were noted for it."""
        super().__init__("not kept")
        self.asked, self.messages, self.notes = asked, messages, notes

    @property
    def status(self) -> int:
        """Its status; 500 where it sent none."""
        return int(self.messages[0]["status"]) if self.messages else 500


class FailedError(UnkeptError, UnansweredError):
    """The endpoint of a route with lifetimes could not answer: an older answer may stand in."""


class Endpoint:
    """What is below the cache."""

    def __init__(self, app: App) -> None:
        """Ask ``app``."""
        self._app = app

    async def ask(self, asked: Asked, clock: Clock) -> Answer:
        """Return the endpoint's answer if it may be kept; raises UnkeptError with it if not, FailedError if an older one may stand in."""
        # Others may wait for this answer: the client that asked first is not listened to any more.
        unkept = await self.unkept(asked, _nothing_more())
        start = unkept.messages[0] if unkept.messages else None
        body = b"".join([one.get("body", b"") for one in unkept.messages[1:]])
        now = clock.now()
        kept = (
            start is not None and start["status"] == 200 and len(body) <= LARGEST_BODY
            and _may_be_kept([*start.get("headers", ()), *unkept.notes])
            # The clock may have gone on to the next bucket meanwhile.
            and asked.route.bucket_of(now) == asked.bucket
        )  # fmt: skip
        answer = None
        if kept and start is not None:
            answer = answer_of(body, [*start.get("headers", ()), *unkept.notes], asked.route.shows, now)
        if answer is None:
            if asked.route.is_common and unkept.status >= 500:
                raise FailedError(asked, unkept.messages, unkept.notes)
            raise unkept
        return answer

    async def unkept(self, asked: Asked, receive: Receive | None = None) -> UnkeptError:
        """Ask the endpoint, and return its answer as one that is not kept."""
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        # Notes of its own: they belong to the answer, which others may get too.
        token = annotations.begin()
        try:
            await self._app({**asked.scope, "method": "GET"}, receive or asked.receive, collect)
            notes = annotations.headers()
            if not annotations.may_be_kept():
                notes.append(UNKEPT)
        finally:
            annotations.end(token)
        return UnkeptError(asked, messages, notes)


def _nothing_more() -> Receive:
    """Return what an endpoint reads its request from: an empty body, and then nothing for ever."""
    begun = False

    async def receive() -> Message:
        nonlocal begun
        if begun:
            await asyncio.Event().wait()
        begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _may_be_kept(headers: Headers) -> bool:
    for name, value in headers:
        if name in (b"set-cookie", UNKEPT[0]) or (name == b"cache-control" and b"no-store" in value):
            return False
    return True
