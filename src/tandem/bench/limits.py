"""A limit of time that ends a scenario whatever it waits for, inside an event loop and outside."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import uvloop

from tandem.core.errors import TandemError

T = TypeVar("T")


class TooLongError(TandemError):
    """A scenario took longer than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLongError in the main thread after ``seconds``; an event loop must be run by :func:`run_loop`."""

    def ring(_: int, __: FrameType | None) -> None:
        raise TooLongError(f"not over after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into an orderly end: what was started is ended too, exit code 143."""

    def end(_: int, __: FrameType | None) -> None:
        raise SystemExit(143)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on uvloop; raises TooLongError when the limit of :func:`limited` is over meanwhile.

    uvloop waits in C and would not see a signal that it does not handle itself.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM)}

    async def until_rung() -> T:
        task = asyncio.ensure_future(work)
        rung: list[int] = []

        def ring(number: int) -> None:
            rung.append(number)
            task.cancel()

        for number in before:
            asyncio.get_running_loop().add_signal_handler(number, ring, number)
        try:
            return await task
        except asyncio.CancelledError:
            if signal.SIGTERM in rung:
                raise SystemExit(143) from None
            if rung:
                raise TooLongError("not over within its limit of time") from None
            raise

    try:
        return uvloop.run(until_rung())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
