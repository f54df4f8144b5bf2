"""Models in processes of their own: real ones, that die, hang and refuse."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tandem.core.errors import DrainingError, InvalidInputError
from tandem.inference.errors import (
    ModelBusyError,
    ModelDiedError,
    ModelFailedError,
    ModelMissingError,
    ModelTimeoutError,
)
from tandem.inference.runner import ModelRunner
from tandem.inference.spec import ModelSpec


@asynccontextmanager
async def running(
    factory: str = "Toy", arguments: dict[str, Any] | None = None, **size: Any
) -> AsyncIterator[ModelRunner]:
    runner = ModelRunner(ModelSpec("toy", f"unit.inference.toys:{factory}", arguments or {}, **size))
    await runner.open()
    try:
        yield runner
    finally:
        await runner.close()


async def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.02)
    return False


def cpu_group(pid: int | str) -> tuple[str, int]:
    """Return the session's group of a process and how nice it is; the first session of a machine has no group of its own."""
    group, _, nice = Path(f"/proc/{pid}/autogroup").read_text().partition(" nice ")
    return group, int(nice or 0)


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="the CPU is not shared by sessions here"
)
async def test_a_model_steps_back_behind_other_sessions_too() -> None:
    async with running(niceness=7) as runner:
        pid = await runner.call("pid")
        assert cpu_group(pid)[1] == 7
        assert cpu_group(pid)[0] != cpu_group("self")[0]


async def test_a_call_runs_elsewhere_with_its_own_size_and_the_loop_goes_on() -> None:
    async with running(threads=3, niceness=7) as runner:
        assert await runner.call("pid") != os.getpid()
        assert runner.version == "toy 1"
        settings = await runner.call("settings")
        assert settings == {"threads": "3", "nice": os.nice(0) + 7}
        vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
        assert np.array_equal(await runner.call("echo", vectors), vectors)
        nap = asyncio.create_task(runner.call("nap", 0.3))
        turns = 0
        while not nap.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert turns > 5
        (pid,) = runner.pids
    assert await gone(pid)


async def test_errors_of_the_model_arrive_as_what_they_are() -> None:
    async with running() as runner:
        with pytest.raises(InvalidInputError) as refused:
            await runner.call("refuse")
        assert refused.value.extra == {"field": "audio"}
        with pytest.raises(ModelFailedError, match="KeyError"):
            await runner.call("stumble")
        assert await runner.call("echo", 1) == 1
        assert runner.statistics().deaths == 0
    async with running("absent") as runner:
        with pytest.raises(ModelMissingError, match="pip install"):
            await runner.load()


async def test_a_dead_process_is_replaced_and_its_call_tried_once_more(tmp_path: Path) -> None:
    async with running(arguments={"mark": str(tmp_path / "died")}) as runner:
        first = await runner.call("pid")
        assert await runner.call("die_once") == "alive"
        assert await runner.call("pid") != first
        with pytest.raises(ModelDiedError):
            await runner.call("die")
        assert await runner.call("echo", "still here") == "still here"
        assert runner.statistics().deaths == 3


async def test_a_call_without_end_costs_the_process_its_life() -> None:
    async with running() as runner:
        first = await runner.call("pid")
        began = time.monotonic()
        with pytest.raises(ModelTimeoutError):
            await runner.call("nap", 20.0, seconds=0.2)
        assert time.monotonic() - began < 5
        assert await gone(first)
        assert await runner.call("echo", 2) == 2
    async with running("slow", start_seconds=0.2) as runner:
        with pytest.raises(ModelTimeoutError, match="not loaded"):
            await runner.load()


async def test_a_leaving_caller_does_not_free_a_process_that_still_works() -> None:
    async with running() as runner:
        await runner.load()
        leaving = asyncio.create_task(runner.call("nap", 0.4))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        leaving.cancel()
        assert await runner.call("echo", 3) == 3
        assert time.monotonic() - began > 0.2
        assert runner.statistics().processes == 1


async def test_waiting_is_bounded_and_in_order() -> None:
    async with running(queue=2) as runner:
        await runner.load()
        nap = asyncio.create_task(runner.call("nap", 0.3))
        await asyncio.sleep(0.05)
        order: list[int] = []

        async def noted(number: int) -> None:
            order.append(await runner.call("echo", number))

        waiting = [asyncio.create_task(noted(number)) for number in (1, 2)]
        await asyncio.sleep(0.05)
        with pytest.raises(ModelBusyError) as refused:
            await runner.call("echo", 3)
        assert refused.value.retry_after >= 1
        await asyncio.gather(nap, *waiting)
        assert order == [1, 2]


async def test_two_processes_work_at_the_same_time() -> None:
    async with running(processes=2) as runner:
        pids = await asyncio.gather(runner.call("pid"), runner.call("pid"))
        assert len({*pids, *runner.pids}) == 2


async def test_pieces_come_as_they_are_made_and_stop_with_their_reader() -> None:
    async with running() as runner:
        async with aclosing(runner.stream("count", 3, 0.0)) as pieces:
            assert [piece async for piece in pieces] == [0, 1, 2]
        async with aclosing(runner.stream("count", 1000, 0.02)) as pieces:
            async for piece in pieces:
                if piece == 2:
                    break
        began = time.monotonic()
        assert await runner.call("echo", 4) == 4
        assert time.monotonic() - began < 5
        async with aclosing(runner.stream("refuse")) as pieces:
            with pytest.raises(InvalidInputError):
                await anext(pieces)


async def test_a_stop_ends_what_works_and_refuses_what_waits() -> None:
    async with running() as runner:
        await runner.load()
        calls = [asyncio.create_task(runner.call("nap", 20.0)) for _ in range(3)]
        await asyncio.sleep(0.1)
    outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert {type(outcome) for outcome in outcomes} <= {ModelDiedError, DrainingError}
    with pytest.raises(DrainingError):
        await runner.call("echo", 5)


def test_the_process_ends_with_its_parent() -> None:
    """Also a killed parent leaves nothing behind."""
    program = (
        "import asyncio, sys\n"
        "from tandem.inference.runner import ModelRunner\n"
        "from tandem.inference.spec import ModelSpec\n"
        "async def main():\n"
        "    runner = ModelRunner(ModelSpec('toy', 'unit.inference.toys:Toy'))\n"
        "    await runner.load()\n"
        "    print(runner.pids[0], flush=True)\n"
        "    await runner.call('nap', 60.0)\n"
        "asyncio.run(main())\n"
    )
    tests = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": tests}
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait(5)
    parent.stdout.close()
    assert asyncio.run(gone(pid))
