"""Work for a client that left is ended; nothing else is."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from fastapi import Request

from tandem.core.disconnect import ClientLeftError, ClientWatch, while_connected


def _request(gone: asyncio.Event) -> Request:
    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": []}, receive)


async def _work(seconds: float, ends: list[str]) -> str:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
        ends.append("settled")
        raise
    ends.append("done")
    return "answer"


async def test_a_client_that_stays_gets_the_answer() -> None:
    """Quick or slow, and no task is left."""
    for seconds in (0.0, 0.15):
        ends: list[str] = []
        assert await while_connected(_request(asyncio.Event()), _work(seconds, ends)) == "answer"
        assert ends == ["done"]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("after", [0.0, 0.1])
async def test_a_client_that_leaves_ends_the_work(after: float) -> None:
    """Within a tenth of a second, and the work settles its account first."""
    gone, ends = asyncio.Event(), []
    asyncio.get_running_loop().call_later(after, gone.set)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ClientLeftError):
        await while_connected(_request(gone), _work(10, ends))
    assert asyncio.get_running_loop().time() - began < after + 1
    assert ends == ["settled"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_somebody_elses_cancellation_stays_theirs() -> None:
    """A server that cancels the request, and a timeout around it, are not taken for a client that left."""
    ends: list[str] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await while_connected(_request(asyncio.Event()), _work(10, ends))
    outer = asyncio.create_task(while_connected(_request(asyncio.Event()), _work(10, ends)))
    await asyncio.sleep(0.1)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    assert ends == ["settled", "settled"]


async def test_the_works_own_error_is_raised() -> None:
    """As it is."""

    async def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await while_connected(_request(asyncio.Event()), fails())


async def test_a_watch_that_ended_goes_without_the_collector() -> None:
    """Neither one that was ended nor one whose client left is part of a circle: each request would leave one behind."""
    gc.disable()
    try:
        for leaves in (False, True):
            gone = asyncio.Event()
            watch = ClientWatch(_request(gone).receive)
            await asyncio.sleep(0)
            if leaves:
                gone.set()
                await watch.task
            watch.close()
            seen = weakref.ref(watch.task)
            del watch
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert seen() is None
    finally:
        gc.enable()


async def test_who_stays_is_not_told_to_have_left() -> None:
    """A watch that is ended tells nobody anything."""
    told: list[str] = []
    watch = ClientWatch(_request(asyncio.Event()).receive)
    watch.when_gone(lambda: told.append("gone"))
    await asyncio.sleep(0)
    watch.close()
    await asyncio.wait({watch.task})
    assert not watch.gone
    assert told == []
