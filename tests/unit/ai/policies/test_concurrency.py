"""Places for answers, and the queue in front of them."""

import asyncio

import pytest

from tandem.ai.errors import BrokenStreamError, ProviderUnavailableError, QueueFullError
from tandem.ai.policies.call import CALL, Call
from tandem.ai.policies.concurrency import Concurrency, ConcurrencyPolicy
from tandem.ai.policies.slots import Slots
from unit.ai.policies.scripted import Script, Scripted, asked, fixed, read, until


def placed(client: Scripted, refused: list | None = None, **places: float) -> ConcurrencyPolicy:
    return ConcurrencyPolicy(
        client, Concurrency(**places), fixed(), "one", lambda _, error: (refused or []).append(error)
    )


async def test_no_more_answers_than_places():
    """A third caller waits until one of two answers has ended, and is then served."""
    policy = placed(client := Scripted(), limit=2)
    held = [await policy.open(asked()) for _ in range(2)]
    third = asyncio.create_task(policy.open(asked()))
    await until(lambda: policy.statistics().waiting == 1)
    assert len(client.asked) == 2
    assert await read(held[0]) == "one two three"
    assert await read(await third) == "one two three"
    await held[1].close()
    assert policy.statistics().taken == 0


async def test_the_queue_is_served_in_order_of_arrival():
    """Nobody who comes later is served before."""
    slots, served = Slots(1, 10, 10), []
    assert await slots.take()

    async def wait(number: int) -> None:
        assert await slots.take()
        served.append(number)
        slots.give_back()

    tasks = [asyncio.create_task(wait(number)) for number in range(5)]
    await until(lambda: slots.statistics().waiting == 5)
    slots.give_back()
    await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3, 4]
    assert slots.statistics().longest_wait > 0


async def test_who_comes_while_others_wait_does_not_overtake_them():
    """A place that is free for an instant belongs to the queue."""
    slots = Slots(1, 10, 10)
    assert await slots.take()
    first = asyncio.create_task(slots.take())
    await until(lambda: slots.statistics().waiting == 1)
    slots.give_back()
    late = asyncio.create_task(slots.take())
    await until(first.done)
    assert not late.done()
    slots.give_back()
    assert await late


async def test_a_full_queue_is_a_named_error_at_once():
    """The one who comes last is told so, and that is reported for the record."""
    refused: list = []
    policy = placed(Scripted(), refused, limit=1, queue=1)
    policy._refused = lambda _, error: refused.append(error)
    answer = await policy.open(asked())
    waiting = asyncio.create_task(policy.open(asked()))
    await until(lambda: policy.statistics().waiting == 1)
    with pytest.raises(QueueFullError) as raised:
        await policy.open(asked())
    assert (raised.value.provider, raised.value.status, refused) == ("one", 503, [raised.value])
    await answer.close()
    await (await waiting).close()
    assert policy.statistics().refused == 1


@pytest.mark.parametrize(("wait", "left"), [(0.05, None), (60, 0.05)])
async def test_nobody_waits_for_ever(wait: float, left: float | None):
    """Neither longer than the queue allows nor beyond the deadline of the call."""
    policy = placed(Scripted(), limit=1, queue=5, wait=wait)
    answer = await policy.open(asked())
    token = CALL.set(Call(0.0, deadline=left))
    with pytest.raises(QueueFullError):
        await policy.open(asked())
    CALL.reset(token)
    assert policy.statistics().waiting == 0
    await answer.close()
    assert policy.statistics().taken == 0


@pytest.mark.parametrize(
    "script", [Script(error=ProviderUnavailableError("down")), Script(error=RuntimeError("bug")),
               Script(broken=BrokenStreamError("cut")), Script()],
    ids=["refused", "bug", "broken", "well"],
)  # fmt: skip
async def test_a_place_comes_back_however_the_answer_ends(script: Script):
    """Once, also when it is closed again and again afterwards."""
    policy = placed(Scripted(script), limit=3)
    try:
        answer = await policy.open(asked())
        await read(answer)
        await answer.close()
    except (ProviderUnavailableError, BrokenStreamError, RuntimeError):
        pass
    assert policy.statistics().taken == 0
    assert policy.statistics().limit == 3


async def test_a_thousand_cancelled_waiters_leave_nothing():
    """As when a page with many streams is closed."""
    slots = Slots(1, 1_000, 60)
    assert await slots.take()
    tasks = [asyncio.create_task(slots.take()) for _ in range(1_000)]
    await until(lambda: slots.statistics().waiting == 1_000)
    for number, task in enumerate(tasks):
        if number == 500:
            slots.give_back()  # to the first one who has not left yet, who leaves in the same instant
        task.cancel()
    assert set(map(type, await asyncio.gather(*tasks, return_exceptions=True))) == {asyncio.CancelledError}
    assert (slots.statistics().taken, slots.statistics().waiting) == (0, 0)
