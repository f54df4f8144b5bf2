"""Requests that begin where their task would be made, with Granian's own coroutine around them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar, copy_context
from typing import Any

import pytest
import uvloop
from granian._futures import _future_watcher_wrapper

from tandem.core.serving.first_step import answer_at_once, become_task

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
caller: ContextVar[str] = ContextVar("caller", default="nobody")


class Watcher:
    """What the server hears of a request."""

    scope = proto = None

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.error: BaseException | None = None

    def done(self) -> None:
        self.ended.set()

    def err(self, error: BaseException) -> None:
        self.error = error
        self.ended.set()


def begin(app: Callable[[], Awaitable[Any]]) -> tuple["asyncio.Future[Any]", Watcher]:
    """Do what the server does with a request."""

    async def inner(scope: None, proto: None) -> None:
        await app()

    watcher = Watcher()
    return asyncio.get_running_loop().create_task(_future_watcher_wrapper(inner)(watcher)), watcher


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest):
    """Run a coroutine function on a loop that answers at once."""

    def run(main: Callable[[], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            answer_at_once(runner.get_loop())
            runner.run(asyncio.wait_for(main(), 5))

    return run


def test_an_answer_that_waits_for_nothing_makes_no_task(run) -> None:
    """It is there before the loop turns, and the future that stands for it is done and cannot be cancelled."""

    async def main() -> None:
        before = asyncio.all_tasks()

        async def app() -> None:
            assert asyncio.current_task() is None
            assert asyncio.all_tasks() == before

        answer: list[tuple[asyncio.Future[Any], Watcher]] = []
        asyncio.get_running_loop().call_soon(lambda: answer.append(begin(app)))
        await asyncio.sleep(0)
        future, watcher = answer[0]
        assert watcher.ended.is_set()
        assert watcher.error is None
        assert future.done()
        assert not future.cancel()

    run(main)


def test_what_becomes_a_task_goes_on_as_one(run) -> None:
    """With what was set before, and once only."""

    async def main() -> None:
        seen: list[object] = []

        async def app() -> None:
            token = caller.set("Anna")
            seen.append("first")
            await become_task()
            seen.extend((asyncio.current_task(), caller.get()))
            caller.reset(token)
            await become_task()
            await asyncio.sleep(0.01)
            seen.append("last")

        started: list[tuple[asyncio.Future[Any], Watcher]] = []
        asyncio.get_running_loop().call_soon(lambda: started.append(begin(app)))
        while not started:
            await asyncio.sleep(0)
        task, watcher = started[0]
        assert isinstance(task, asyncio.Task)
        await watcher.ended.wait()
        assert seen == ["first", task, "Anna", "last"]
        assert watcher.error is None

    run(main)


def test_nothing_that_a_request_sets_is_seen_by_another(run) -> None:
    """Neither of one that was answered at once nor of one that was not, though the server gives all one context."""

    async def main() -> None:
        seen: list[str] = []

        async def sets() -> None:
            caller.set("Anna")

        async def sets_later() -> None:
            await become_task()
            caller.set("Anna")

        async def looks() -> None:
            seen.append(caller.get())

        loop, shared = asyncio.get_running_loop(), copy_context()
        for app in (sets, looks, sets_later, looks):
            loop.call_soon(begin, app, context=shared)
        await asyncio.sleep(0.02)
        assert seen == ["nobody", "nobody"]
        assert shared.run(caller.get) == "nobody"

    run(main)


@pytest.mark.parametrize("rule", ["kept", "broken"])
def test_errors_and_cancellation_reach_the_request(run, rule: str) -> None:
    """Also one that waits in its first step without having become a task."""

    async def main() -> None:
        async def fails() -> None:
            if rule == "kept":
                await become_task()
            for _ in range(2):
                await asyncio.sleep(0)
            loop = asyncio.get_running_loop()
            waiting = loop.create_future()
            loop.call_later(0.01, waiting.set_exception, OSError("gone"))
            with pytest.raises(OSError, match="gone"):
                await waiting
            raise ValueError("mine")

        async def waits() -> None:
            if rule == "kept":
                await become_task()
            await asyncio.get_running_loop().create_future()

        started: list[tuple[asyncio.Future[Any], Watcher]] = []
        for app in (fails, waits):
            asyncio.get_running_loop().call_soon(lambda app=app: started.append(begin(app)))
        await asyncio.sleep(0.005)
        started[1][0].cancel()
        for _, watcher in started:
            await watcher.ended.wait()
        assert isinstance(started[0][1].error, ValueError)
        assert isinstance(started[1][1].error, asyncio.CancelledError)

    run(main)


def test_all_other_tasks_are_what_they_were(run) -> None:
    """They begin at the loop's next turn, have their names, and give results; a namesake elsewhere is not Granian's."""

    async def main() -> None:
        begun: list[str] = []

        async def future_watcher(name: str) -> str:
            begun.append(name)
            return name

        task = asyncio.create_task(future_watcher("mine"), name="named")
        assert not begun
        assert task.get_name() == "named"
        assert await task == "mine"

    run(main)


def test_a_factory_of_somebody_else_stays() -> None:
    """Whoever runs the loop may have one already."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        def factory(loop: asyncio.AbstractEventLoop, coro: Any) -> "asyncio.Task[Any]":
            return asyncio.Task(coro, loop=loop)

        loop.set_task_factory(factory)
        answer_at_once(loop)
        assert loop.get_task_factory() is factory
