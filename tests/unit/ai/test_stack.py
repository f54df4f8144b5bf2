"""The order of the policies, and what the factory makes of settings."""

import datetime as dt

from tandem.ai.catalog import Catalog
from tandem.ai.chain import Chains
from tandem.ai.policies.breaker import BreakerPolicy
from tandem.ai.policies.budget import BudgetPolicy
from tandem.ai.policies.cache import CachePolicy
from tandem.ai.policies.concurrency import ConcurrencyPolicy
from tandem.ai.policies.fallback import Candidate, FallbackPolicy
from tandem.ai.policies.record import RecordPolicy
from tandem.ai.policies.retry import RetryPolicy
from tandem.ai.policies.timeout import TimeoutPolicy
from tandem.ai.providers.profile import Profile
from tandem.ai.stack import LOCAL_PLACES, ORDER, policies_of
from tandem.core.settings import Settings
from unit.ai.policies.scripted import Kit, Scripted, asked, fixed, read


def test_the_policies_stand_in_their_order():
    """From outside: budget, cache, fallback, then for each provider breaker to timeout, then the provider."""
    one, two = Scripted(), Scripted(name="two")
    kit = Kit(one, two)
    outer, found = kit.gateway.chat, []
    while not isinstance(outer, FallbackPolicy):
        found.append(type(outer))
        outer = outer.inner
    found.append(type(outer))
    for provider in (one, two):
        inner, lane = outer.providers[provider.name], []
        while inner is not provider:
            lane.append(type(inner))
            inner = inner.inner
        assert tuple(found + lane) == ORDER
    assert (
        BudgetPolicy, CachePolicy, FallbackPolicy, BreakerPolicy, ConcurrencyPolicy, RetryPolicy, RecordPolicy,
        TimeoutPolicy,
    ) == ORDER  # fmt: skip


def test_all_providers_share_one_retry_budget():
    """It is the process's."""
    kit = Kit(Scripted(), Scripted(name="two"))
    budgets = {lane.inner.inner._budget for lane in kit.gateway.chat.inner.inner.providers.values()}
    assert budgets == {kit.gateway.retry_budget}


async def test_the_state_of_the_providers_is_sampled():
    """Breakers, places, queues, and the age of the prices."""
    kit = Kit(Scripted(), clock=fixed())
    answer = await kit.client.open(asked())
    value = kit.registry.value
    assert value("tandem_ai_answers_under_way", provider="one") == 1
    assert value("tandem_ai_breaker_state", provider="one") == 0
    assert value("tandem_ai_price_table_age_days") == (dt.date(2026, 11, 2) - dt.date(2026, 11, 1)).days
    assert await read(answer) == "one two three"
    assert value("tandem_ai_answers_under_way", provider="one") == 0
    assert value("tandem_ai_overhead_seconds_count") == 1
    await kit.gateway.open()
    await kit.gateway.ping()
    await kit.gateway.close()


def chains(*names: str) -> Chains:
    """Chains over providers of one model each, and the contract's where the name is openrouter."""
    profiles = [
        Profile(
            name, "http://127.0.0.1:1/v1",
            {"mistral-small": "mistral:free"} if name == "openrouter" else {"local" if name == "local" else f"{name}/m": "m"},
        )
        for name in names
    ]  # fmt: skip
    return Chains(Catalog(profiles), {profile.name: profile for profile in profiles})


def test_a_configured_model_is_followed_by_the_others_and_local_last():
    """In the order in which they are wanted."""
    chain = chains("openrouter", "deepseek", "local")
    assert chain("mistral-small") == (
        Candidate("openrouter", "mistral:free"), Candidate("deepseek", "m"), Candidate("local", "m"),
    )  # fmt: skip
    assert [one.provider for one in chain("deepseek/m")] == ["deepseek", "openrouter", "local"]
    assert chain("local") is chain("local")


def test_what_was_asked_of_an_own_machine_stays_there():
    """Nobody who asks his own model finds his text at somebody else's."""
    chain = chains("deepseek", "ollama", "vllm", "local")
    assert [one.provider for one in chain("local")] == ["local", "ollama", "vllm"]
    assert [one.provider for one in chain("ollama/m")] == ["ollama", "vllm", "local"]


def test_for_a_model_without_a_key_the_local_one_comes_first():
    """Who was asked stays in its place, so that the answer can say so."""
    assert [one.provider for one in chains("local")("deepseek-r1")] == ["openrouter", "local"]
    chain = chains("deepseek", "local")("mistral-small")
    assert [one.provider for one in chain] == ["openrouter", "local", "deepseek"]
    assert chain[0].model == "mistralai/mistral-small-3.2-24b-instruct:free"


def test_settings_become_policies():
    """A whole answer leaves time for a stand-in; no more callers than connections."""
    policies = policies_of(
        Settings(_env_file=None, ai_timeout=90, ai_first_token_timeout=20, http_connections_per_host=50)
    )
    assert (policies.deadlines.first_piece, policies.deadlines.whole_answer, policies.deadlines.call) == (
        20,
        60,
        90,
    )
    assert policies.concurrency.limit == 50
    assert policies.concurrency_of == {"local": LOCAL_PLACES}
