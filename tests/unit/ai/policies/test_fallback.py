"""Who answers when the one who was asked cannot."""

import asyncio

import pytest

from tandem.ai.errors import (
    BrokenStreamError,
    CircuitOpenError,
    ProviderNotConfiguredError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.policies.fallback import Candidate
from tandem.ai.policies.health import Breaking
from tandem.ai.policies.retry import Retrying
from tandem.ai.stack import Policies
from tandem.core.errors import DrainingError
from unit.ai.policies.scripted import Kit, Script, Scripted, asked, read

ONCE = Policies(retrying=Retrying(retries=0))


def failing(error: Exception, name: str = "one", model: str = "m-one") -> Scripted:
    return Scripted(Script(error=error), name=name, model=model)


def pair(first: Scripted, second: Scripted | None = None) -> Kit:
    return Kit(first, second or Scripted(name="two", model="m-two"), policies=ONCE)


async def test_the_next_provider_answers_and_the_answer_says_so():
    """Two records: the failure and the answer."""
    kit = pair(failing(ProviderUnavailableError("down", provider="one", model="m-one")))
    answer = await kit.client.open(asked())
    assert await read(answer) == "one two three"
    origin = answer.origin
    assert (origin.asked, origin.provider, origin.model, origin.fallback, origin.attempts) == (
        "key", "two", "m-two", True, 2,
    )  # fmt: skip
    assert [(event.provider, event.outcome) for event in kit.sink.events] == [
        ("one", "unavailable"),
        ("two", "ok"),
    ]
    assert kit.registry.value("tandem_ai_fallbacks_total", asked="one", provider="two") == 1


async def test_nobody_stands_in_after_the_first_piece():
    """Otherwise the reader would have the text twice."""
    kit = pair(Scripted(Script(broken=BrokenStreamError("cut", provider="one"))))
    with pytest.raises(BrokenStreamError):
        await read(await kit.client.open(asked()))
    assert kit.clients["two"].asked == []


async def test_a_provider_without_a_key_is_passed_over():
    """The local model answers, marked, and there is one record: nobody else was asked."""
    local = Scripted(name="local", model="small")
    kit = Kit(local, chain=[Candidate("cloud", "big"), Candidate("local", "small")])
    answer = await kit.client.open(asked(model="big-key"))
    await read(answer)
    assert (answer.origin.asked, answer.origin.provider, answer.origin.fallback) == ("big-key", "local", True)
    assert kit.sink.outcomes == ["ok"]


async def test_exactly_this_model_or_none():
    """A comparison's lane fails with the reason, and that is recorded."""
    kit = Kit(Scripted(name="local"), chain=[Candidate("cloud", "big"), Candidate("local", "small")])
    with pytest.raises(ProviderNotConfiguredError) as raised:
        await kit.gateway.exact.open(asked())
    assert (raised.value.provider, raised.value.status) == ("cloud", 503)
    assert kit.sink.outcomes == ["not_configured"]


async def test_when_all_fail_the_error_tells_what_was_asked_for_and_names_all():
    """The one closest to the caller's wish decides the status; each reason is kept."""
    kit = pair(
        failing(ProviderTimeoutError("too slow", provider="one")),
        failing(ProviderUnavailableError("down", provider="two"), "two", "m-two"),
    )
    with pytest.raises(ProviderTimeoutError) as raised:
        await kit.client.open(asked())
    assert raised.value.status == 504
    assert raised.value.extra["failures"] == [
        {"provider": "one", "code": "provider_timeout", "reason": "too slow"},
        {"provider": "two", "code": "provider_unavailable", "reason": "down"},
    ]


async def test_who_was_not_even_asked_tells_least():
    """No key, then an open circuit, then a refusal: the refusal is what the caller should hear."""
    one, two = failing(ProviderUnavailableError("down", provider="one")), Scripted(name="two", model="m-two")
    two.scripts = [Script(error=ProviderRejectedError("no such model", provider="two"))]
    chain = [Candidate("cloud", "big"), Candidate("one", "m-one"), Candidate("two", "m-two")]
    kit = Kit(
        one,
        two,
        chain=chain,
        policies=Policies(retrying=Retrying(retries=0), breaking=Breaking(consecutive=1)),
    )
    for _ in range(2):
        with pytest.raises((ProviderUnavailableError, ProviderRejectedError)) as raised:
            await kit.client.open(asked())
    assert isinstance(raised.value, ProviderRejectedError)
    assert [one["code"] for one in raised.value.extra["failures"]] == [
        "provider_not_configured", "circuit_open", "provider_rejected",
    ]  # fmt: skip
    assert kit.sink.outcomes == ["unavailable", "rejected", "circuit_open", "rejected"]


async def test_a_key_without_candidates_is_not_configured():
    """Where nobody at all can answer."""
    kit = Kit(Scripted())
    kit.chain = []
    with pytest.raises(ProviderNotConfiguredError):
        await kit.client.open(asked())


async def test_what_is_no_failure_of_a_provider_goes_no_further():
    """A draining process asks nobody else, and a bug is not hidden by another answer."""
    for error in (DrainingError("stopping"), RuntimeError("a bug")):
        kit = pair(failing(error))
        with pytest.raises(type(error)):
            await kit.client.open(asked())
        assert kit.clients["two"].asked == []


async def test_no_further_provider_is_asked_after_the_deadline():
    """The first one took all the time."""
    kit = pair(Scripted(Script(gate=asyncio.Event())))
    with pytest.raises(ProviderTimeoutError):
        await kit.client.open(asked(timeout=0.05))
    assert kit.clients["two"].asked == []


async def test_a_full_circuit_is_an_error_with_its_own_name():
    """When the only provider is left alone."""
    kit = Kit(failing(ProviderUnavailableError("down", provider="one")),
              policies=Policies(retrying=Retrying(retries=0), breaking=Breaking(consecutive=1)))  # fmt: skip
    with pytest.raises(ProviderUnavailableError):
        await kit.client.open(asked())
    with pytest.raises(CircuitOpenError):
        await kit.client.open(asked())
    with pytest.raises(RuntimeError):
        await kit.gateway.ping()
