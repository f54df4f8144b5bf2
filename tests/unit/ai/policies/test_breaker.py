"""When a provider is left alone, and how it comes back."""

import asyncio
import datetime as dt
from contextlib import suppress

import pytest

from tandem.ai.errors import (
    BrokenStreamError,
    CircuitOpenError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    QueueFullError,
)
from tandem.ai.policies.breaker import BreakerPolicy
from tandem.ai.policies.health import Breaking, Health
from unit.ai.policies.scripted import Script, Scripted, asked, fixed, read, until

DOWN = Script(error=ProviderUnavailableError("down"))
QUICK = Breaking(consecutive=3, pause=10)


class Watched:
    """A breaker with a clock to move."""

    def __init__(self, *scripts: Script, breaking: Breaking = QUICK) -> None:
        self.clock = fixed()
        self.client = Scripted(*scripts)
        self.refused: list[object] = []
        self.policy = BreakerPolicy(
            self.client, breaking, self.clock, "one", lambda _, error: self.refused.append(error)
        )

    async def ask(self, times: int = 1) -> None:
        for _ in range(times):
            with suppress(ProviderUnavailableError, BrokenStreamError, ProviderTimeoutError):
                await read(await self.policy.open(asked()))

    def later(self, seconds: float) -> None:
        self.clock.move(dt.timedelta(seconds=seconds))

    @property
    def state(self) -> str:
        return self.policy.statistics().state


async def test_failures_in_a_row_open_the_circuit():
    """Then the provider is not asked, and the error says for how long."""
    watched = Watched(DOWN)
    await watched.ask(3)
    with pytest.raises(CircuitOpenError) as raised:
        await watched.ask()
    assert (len(watched.client.asked), raised.value.retry_after, raised.value.status) == (3, 10, 503)
    assert watched.refused == [raised.value]
    statistics = watched.policy.statistics()
    assert (statistics.state, statistics.opened, statistics.refused, statistics.failures) == ("open", 1, 1, 3)


async def test_one_probe_decides():
    """After the pause one call goes through and the others are still refused; its success closes the circuit."""
    gate = asyncio.Event()
    watched = Watched(DOWN, DOWN, DOWN, Script(gate=gate))
    await watched.ask(3)
    watched.later(10)
    probe = asyncio.create_task(watched.ask())
    await until(lambda: len(watched.client.asked) == 4)
    with pytest.raises(CircuitOpenError):
        await watched.ask()
    gate.set()
    await probe
    assert watched.state == "closed"
    await watched.ask()
    assert len(watched.client.asked) == 5


async def test_a_failed_probe_doubles_the_pause():
    """Up to the longest one."""
    watched = Watched(DOWN, breaking=Breaking(consecutive=3, pause=10, longest_pause=25))
    await watched.ask(3)
    pauses = []
    for _ in range(3):
        pauses.append(watched.policy.statistics().retry_after)
        watched.later(pauses[-1])
        await watched.ask()
    assert pauses == [10, 20, 25]


async def test_a_cancelled_probe_proves_nothing_and_frees_the_place():
    """The next caller is the probe."""
    watched = Watched(DOWN, DOWN, DOWN, Script(gate=asyncio.Event()), Script())
    await watched.ask(3)
    watched.later(10)
    probe = asyncio.create_task(watched.ask())
    await until(lambda: len(watched.client.asked) == 4)
    probe.cancel()
    await asyncio.wait([probe])
    assert watched.state == "half_open"
    await watched.ask()
    assert watched.state == "closed"


async def test_a_refused_probe_shows_that_somebody_is_there():
    """A 4xx is an answer."""
    watched = Watched(DOWN, DOWN, DOWN, Script(error=ProviderRejectedError("no such model")))
    await watched.ask(3)
    watched.later(10)
    with pytest.raises(ProviderRejectedError):
        await watched.ask()
    assert watched.state == "closed"


@pytest.mark.parametrize(
    "error", [ProviderRateLimitedError("429"), ProviderRejectedError("4xx"), QueueFullError("full")]
)
async def test_what_does_not_speak_against_the_provider_is_not_counted(error: Exception):
    """However often it happens."""
    watched = Watched(Script(error=error))
    for _ in range(10):
        with pytest.raises(type(error)):
            await watched.ask()
    assert watched.state == "closed"
    assert watched.policy.statistics().answers == 0


async def test_streams_that_break_count_although_they_began():
    """A provider that begins well and breaks off is not well."""
    watched = Watched(Script(broken=BrokenStreamError("cut")))
    await watched.ask(3)
    assert watched.state == "open"


async def test_leaving_readers_prove_nothing():
    """Neither for nor against."""
    watched = Watched()
    for _ in range(5):
        async with await watched.policy.open(asked()):
            pass
    assert watched.policy.statistics().answers == 0


def test_a_share_of_failures_needs_a_sample():
    """Half of 19 answers prove nothing, half of 20 do; what is older than the window is forgotten."""
    health = Health(Breaking(consecutive=100, ratio=0.5, sample=20, window=30))
    for number in range(19):
        health.count(100.0 + number, well=number % 2 == 0)
    assert health.state == "closed"
    health.count(119.5, well=False)
    assert health.state == "open"
    fresh = Health(Breaking(consecutive=100, ratio=0.5, sample=20, window=30))
    for number in range(60):
        fresh.count(100.0 + 10 * number, well=False)
    assert fresh.state == "closed"
    assert fresh.statistics(700.0).answers == 2
