"""A bound on a block: as asyncio.timeout."""

import asyncio

import pytest

from tandem.core.deadline import deadline


async def test_a_block_that_takes_too_long_ends_with_a_timeout():
    with pytest.raises(TimeoutError), deadline(0.01) as watch:
        await asyncio.sleep(5)
    assert watch.expired
    assert asyncio.current_task().cancelling() == 0


async def test_a_block_in_time_is_left_alone_afterwards():
    with deadline(0.01) as watch:
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)
    assert not watch.expired


async def test_its_own_errors_come_out_as_they_are():
    with pytest.raises(ValueError, match="mine"), deadline(5):
        raise ValueError("mine")


async def test_somebody_elses_cancellation_stays_one():
    async def wait():
        with deadline(5):
            await asyncio.sleep(5)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_both_at_once_is_a_cancellation():
    async def wait():
        with deadline(0):
            await asyncio.sleep(5)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_inner_of_two_bounds_tells_which_was_up():
    with deadline(5) as outer:
        with pytest.raises(TimeoutError), deadline(0.01):
            await asyncio.sleep(5)
        await asyncio.sleep(0)
    assert not outer.expired


async def test_time_that_is_up_already_ends_the_block_at_its_first_wait():
    with pytest.raises(TimeoutError), deadline(-1):
        await asyncio.sleep(5)
