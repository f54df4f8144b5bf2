"""Model tokens of a caller: an estimate is taken, what was not used comes back, whatever way a call ends."""

from collections.abc import Iterator

import pytest

from tandem.ai.errors import ProviderUnavailableError
from tandem.ai.policies.token_limit import TokenLimitPolicy
from tandem.core.errors import TooManyRequestsError
from tandem.core.limits.address import ClientAddresses
from tandem.core.limits.caller import Caller
from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.current import CALLER
from tandem.core.limits.limiter import Limiter
from tandem.core.limits.plan import Plans
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from unit.ai.policies.scripted import Kit, Script, Scripted, asked, read

LIMIT = 1000


@pytest.fixture
def caller() -> Iterator[Caller]:
    """Who asks, as the web layer notes it."""
    found = Caller("k:one", "ann", exempt=False)
    token = CALLER.set(found)
    yield found
    CALLER.reset(token)


def limiter() -> Limiter:
    settings, classes = Settings(_env_file=None, limit_model_tokens=LIMIT), RouteClasses()
    exceeded = Metrics().counter("exceeded_total", "", ("limit", "holder", "outcome"))
    return Limiter(
        plans=Plans(settings, classes), classes=classes, addresses=ClientAddresses(), monotonic=lambda: 100.0,
        exempts_loopback=False, exceeded=exceeded,
    )  # fmt: skip


def left(desk: Limiter, caller: Caller) -> float:
    """How many tokens can still be taken."""
    taken = LIMIT
    while taken:
        try:
            desk.settle_tokens(caller, desk.reserve_tokens(caller, taken), 0)
        except TooManyRequestsError:
            taken -= 1
        else:
            break
    return taken


@pytest.mark.parametrize("stream", [True, False])
async def test_what_was_not_used_comes_back(caller: Caller, *, stream: bool) -> None:
    """Prompt and answer are taken, no more."""
    desk = limiter()
    kit = Kit(Scripted())
    policy = TokenLimitPolicy(kit.client, desk)
    answer = await policy.open(asked(stream=stream, max_tokens=500))
    await read(answer)
    assert left(desk, caller) == LIMIT - answer.outcome.usage.total


async def test_too_many(caller: Caller) -> None:
    """A second call of the same size is refused before anything is asked, and not one of somebody else."""
    desk, client = limiter(), Scripted()
    policy = TokenLimitPolicy(Kit(client).client, desk)
    async with await policy.open(asked(stream=True, max_tokens=900)):
        with pytest.raises(TooManyRequestsError) as refused:
            await policy.open(asked(max_tokens=900))
        assert refused.value.retry_after > 1
        CALLER.set(Caller("k:two", "bob", exempt=False))
        await read(await policy.open(asked(max_tokens=900)))
    assert len(client.asked) == 2
    assert left(desk, caller) > LIMIT - 100


async def test_a_call_that_fails_costs_nothing(caller: Caller) -> None:
    """What was taken comes back."""
    desk = limiter()
    policy = TokenLimitPolicy(Kit(Scripted(Script(error=ProviderUnavailableError("no")))).client, desk)
    with pytest.raises(ProviderUnavailableError):
        await policy.open(asked(max_tokens=900))
    assert left(desk, caller) == LIMIT


async def test_who_has_no_request_is_not_limited() -> None:
    """Jobs and commands."""
    policy = TokenLimitPolicy(Kit(Scripted()).client, limiter())
    for _ in range(3):
        await read(await policy.open(asked(max_tokens=900)))
