"""What is answered at once needs no task: Granian's requests take their first step where their task would be made.

Granian makes an asyncio task of each request, which begins at the loop's next turn. A kept answer waits for nothing and is
sent within its first step, so task and turn would be for nothing (docs/adr/0018-answers-without-a-task.md). Whatever is not
answered so calls :func:`become_task` and goes on as an ordinary task.
"""

import asyncio
import sys
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from functools import partial
from pathlib import Path
from types import CodeType, coroutine
from typing import Any, Final

_WATCHER: Final = ("future_watcher", "granian", "_futures.py")
"""Name, package and file of the coroutine that Granian makes for a request. None of another name or place is touched."""


def answer_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Have the requests that Granian puts onto ``loop`` begin at once; with another server all stays as it is."""
    if "granian" in sys.modules and loop.get_task_factory() is None:
        loop.set_task_factory(FirstSteps(loop))  # type: ignore[arg-type] # what it returns depends on no type variable


async def become_task() -> None:
    """Go on as a task of the running loop; in one already, go on. The caller must not have waited for anything yet."""
    if asyncio.current_task() is None:
        await _leave_first_step()


class FirstSteps:
    """A task factory that runs the first step of a request, and makes a task of it only if that was not all.

    The step has a context of its own, in which the task goes on. Fail mode: a request that waits in its first step, against the rule, is
    carried on by its task all the same.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Prepare for ``loop``."""
        self._watcher: CodeType | None = None
        self._answered = _Answered(loop=loop)
        self._answered.set_result(None)

    def __call__(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **wishes: Any
    ) -> "asyncio.Future[Any]":
        """Return a task, or a future that is done."""
        code = getattr(coro, "cr_code", None)
        if code is not self._watcher or code is None:
            if self._watcher is not None or not _is_watcher(code):
                return asyncio.Task(coro, loop=loop, **wishes)
            self._watcher = code
        context = copy_context()
        try:
            awaited = context.run(coro.send, None)
        except StopIteration:
            return self._answered
        # A bare yield is what a task expects of a coroutine that wants its next turn.
        rest = coro if awaited is None else _rest(coro, awaited)
        return asyncio.Task(rest, loop=loop, context=context)


def _is_watcher(code: CodeType | None) -> bool:
    if code is None or code.co_name != _WATCHER[0]:
        return False
    path = Path(code.co_filename)
    return (path.parent.name, path.name) == _WATCHER[1:]


@coroutine
def _leave_first_step() -> Generator[None, None, None]:
    yield


class _Rest:
    """What is left of a coroutine that waits for ``awaited`` since its first step, to be awaited by its task."""

    def __init__(self, coro: Coroutine[Any, Any, Any], awaited: Any) -> None:
        self._coro, self._awaited = coro, awaited

    def __await__(self) -> Generator[Any, Any, None]:
        awaited = self._awaited
        while True:
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001 - cancellation above all, handed on to where it is waited
                step = partial(self._coro.throw, error)
            else:
                step = partial(self._coro.send, sent)
            try:
                awaited = step()
            except StopIteration:
                return


async def _rest(coro: Coroutine[Any, Any, Any], awaited: Any) -> None:
    await _Rest(coro, awaited)


class _Answered(asyncio.Future[None]):
    """What stands for requests that are answered: done, and named like a task by loops that name what they are given."""

    def set_name(self, name: object) -> None:
        """Have no name."""
