"""Whatever its readers do, an attempt leaves one record, one free place and one settlement."""

import asyncio
from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.ai.errors import BrokenStreamError, ProviderUnavailableError
from unit.ai.policies.scripted import Kit, Ledger, Script, Scripted, asked

Step = Literal["next", "cancelled_next", "close", "cancelled_close", "close_elsewhere", "shutdown"]

STEPS = st.lists(
    st.sampled_from(["next", "cancelled_next", "close", "cancelled_close", "close_elsewhere", "shutdown"]),
    max_size=8,
)
SCRIPTS = st.builds(
    lambda pieces, fault, slow: (pieces, fault, slow),
    st.lists(st.sampled_from(["a", "b ", ""]), min_size=1, max_size=4),
    st.sampled_from([None, None, "broken", "refused"]),
    st.booleans(),
)


async def _live(kit: Kit, steps: list[Step], gates: list[asyncio.Event], **how: object) -> None:
    """Go through ``steps``, then leave the answer as every caller does."""
    answer = await kit.client.open(asked(**how))
    try:
        for step in steps:
            await _step(answer, step, gates)
    finally:
        await answer.close()


async def _step(answer, step: Step, gates: list[asyncio.Event]) -> None:
    match step:
        case "next":
            for gate in gates:
                gate.set()
            await answer.next()
        case "close" | "shutdown":
            await answer.close("shutdown" if step == "shutdown" else None)
        case "cancelled_next" | "cancelled_close":
            work = asyncio.create_task(answer.next() if step == "cancelled_next" else answer.close())
            await asyncio.sleep(0)
            work.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()
        case "close_elsewhere":
            reading = asyncio.create_task(answer.next())
            await asyncio.sleep(0)
            await answer.close()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()


def _kit(script: tuple[list[str], str | None, bool]) -> tuple[Kit, Ledger, list[asyncio.Event]]:
    pieces, fault, slow = script
    gates = {1: asyncio.Event()} if slow else {}
    told = Script(
        pieces, gates=gates,
        broken=BrokenStreamError("cut", provider="one") if fault == "broken" else None,
        error=ProviderUnavailableError("no", provider="one") if fault == "refused" else None,
    )  # fmt: skip
    ledger = Ledger()
    client = Scripted(told)
    kit = Kit(client, ledger=ledger)
    kit.gateway.retry_budget._saved = kit.gateway.retry_budget._basic = kit.gateway.retry_budget._floor = 0.0
    return kit, ledger, list(gates.values())


@pytest.mark.parametrize("temperature", [None, 0], ids=["plain", "shared"])
@settings(max_examples=150, deadline=None)
@given(script=SCRIPTS, steps=STEPS, stream=st.booleans())
def test_any_interleaving_is_accounted_for_once(temperature, script, steps, stream):
    """Reading, cancelled reads, closing from here and from elsewhere, faults: always one of each."""

    async def run() -> None:
        kit, ledger, gates = _kit(script)
        with suppress(BrokenStreamError, ProviderUnavailableError):
            await _live(kit, steps, gates, stream=stream, temperature=temperature)
        await kit.gateway.close()
        client = kit.clients["one"]
        assert len(kit.sink.events) == len(client.asked) == 1
        assert kit.slots_taken() == 0
        assert client.live == 0
        assert len(ledger.settled) == 1
        assert ledger.open == {}
        assert ledger.spent == kit.sink.events[0].cost
        assert ledger.reserved_ever == ledger.spent + ledger.refunded

    asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(lives=st.lists(STEPS, min_size=2, max_size=4), script=SCRIPTS)
def test_callers_who_share_an_answer_are_accounted_for_each(lives, script):
    """Several callers of one question at once: one attempt at a time, nothing left open, each settled once."""

    async def run() -> None:
        kit, ledger, gates = _kit(script)
        await asyncio.gather(
            *(_live(kit, steps, gates, temperature=0) for steps in lives), return_exceptions=True
        )
        await kit.gateway.close()
        client = kit.clients["one"]
        attempts = [event for event in kit.sink.events if event.cost]
        assert len(attempts) <= len(client.asked)
        assert client.live == 0
        assert kit.slots_taken() == 0
        assert ledger.open == {}
        assert len(ledger.settled) == len(lives)
        assert ledger.spent == sum(event.cost for event in kit.sink.events)

    asyncio.run(run())
