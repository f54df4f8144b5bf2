"""What is set aside, for whom, and what becomes of it."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from tandem.ai.errors import BrokenStreamError, ProviderUnavailableError
from tandem.ai.messages import TokenUsage
from tandem.ai.policies.fallback import Candidate
from tandem.ai.policies.retry import without_waiting
from tandem.ai.policies.spending import Estimator, answer_limit, limited
from tandem.core.errors import DatabaseUnavailableError
from tandem.usage.errors import BudgetExceededError, PriceUnknownError
from unit.ai.policies.scripted import PRICES, Kit, Ledger, Script, Scripted, asked, read

FREE = Scripted(name="local", model="small")


async def test_what_was_set_aside_is_replaced_by_what_it_cost():
    """Before the reader learns of the end."""
    ledger = Ledger()
    kit = Kit(Scripted(), ledger=ledger)
    answer = await kit.client.open(asked(max_tokens=100))
    assert next(iter(ledger.open.values())) >= 2 * 100
    while await answer.next() is not None:
        pass
    assert ledger.settled == [(1, 16)]
    await answer.close()
    assert (ledger.settled, ledger.spent, ledger.open) == ([(1, 16)], 16, {})


async def test_a_spent_budget_refuses_before_anything_is_asked():
    """402, recorded as a refusal of the asked model."""
    kit = Kit(client := Scripted(), ledger=Ledger(limit=5))
    with pytest.raises(BudgetExceededError) as raised:
        await kit.client.open(asked())
    assert raised.value.status == 402
    assert client.asked == []
    assert [(event.outcome, event.provider, event.cost) for event in kit.sink.events] == [
        ("budget", "one", 0)
    ]


async def test_an_unknown_price_with_a_budget_fails_closed():
    """And without one it is served, its cost recorded as unknown."""
    kit = Kit(client := Scripted(model="new-model"), ledger=Ledger())
    with pytest.raises(PriceUnknownError):
        await kit.client.open(asked(user="u"))
    assert client.asked == []
    answer = await kit.client.open(asked(user="somebody without"))
    await read(answer)
    assert answer.outcome.cost is None
    assert [event.cost for event in kit.sink.events] == [0, None]
    assert kit.registry.value("tandem_ai_unpriced_total", provider="one", model="new-model") == 1


async def test_a_free_model_is_never_asked_about():
    """Not even when the ledger cannot tell anything."""

    class Away(Ledger):
        async def reserve(self, asker, estimate):
            raise DatabaseUnavailableError("away")

    kit = Kit(Scripted(name="local", model="small"), ledger=Away())
    assert await read(await kit.client.open(asked())) == "one two three"
    paid = Kit(Scripted(), ledger=Away())
    with pytest.raises(DatabaseUnavailableError):
        await paid.client.open(asked())


async def test_a_spent_budget_leaves_free_models_within_reach():
    """The free one answers, but no dearer stand-in: the money for it is not there."""
    free = Scripted(
        Script(), Script(error=ProviderUnavailableError("down", provider="local")), name="local", model="s"
    )
    kit = Kit(free, dear := Scripted(), ledger=Ledger(limit=0))
    assert await read(await kit.client.open(asked())) == "one two three"
    with without_waiting(), pytest.raises(ProviderUnavailableError):
        await kit.client.open(asked())
    assert dear.asked == []


async def test_the_dearest_who_may_answer_is_what_is_set_aside():
    """A stand-in three times as dear answers within it."""
    ledger = Ledger()
    one = Scripted(Script(error=ProviderUnavailableError("down", provider="one", model="m-one")))
    kit = Kit(one, Scripted(name="two", model="m-two"), ledger=ledger)
    with without_waiting():
        answer = await kit.client.open(asked(max_tokens=1_000))
    assert next(iter(ledger.open.values())) >= 3 * 1_000
    await read(answer)
    assert ledger.spent == 3 * 13


async def test_an_answer_without_a_limit_gets_the_assumed_one():
    """Otherwise it could cost more than was set aside; who has no budget is left alone."""
    kit = Kit(client := Scripted(), ledger=Ledger())
    await read(await kit.client.open(asked()))
    await read(await kit.client.open(asked(user="somebody without")))
    assert [request.max_tokens for request in client.asked] == [4_096, None]


async def test_every_attempt_counts():
    """An attempt that ran into a timeout may be charged for by its provider; so it is in what is settled."""
    ledger = Ledger()
    kit = Kit(Scripted(Script(gates={1: asyncio.Event()})), ledger=ledger)
    async with await kit.client.open(asked()) as answer:
        await answer.next()
    assert ledger.spent == kit.sink.events[0].cost > 0


@pytest.mark.parametrize(
    ("script", "spent"),
    [(Script(error=ProviderUnavailableError("down")), 0), (Script(broken=BrokenStreamError("cut")), None),
     (Script(cost=7), 7), (Script(error=RuntimeError("a bug")), 0)],
)  # fmt: skip
async def test_each_way_out_settles_once(script: Script, spent: int | None):
    """Whatever it is, and the providers' own word about the cost goes before the table's."""
    ledger = Ledger()
    kit = Kit(Scripted(script), ledger=ledger)
    with without_waiting(), suppress(ProviderUnavailableError, BrokenStreamError, RuntimeError):
        await read(await kit.client.open(asked()))
    await kit.gateway.close()
    assert ledger.open == {}
    assert len(ledger.settled) == 1
    assert ledger.spent == (sum(event.cost for event in kit.sink.events) if spent is None else spent)


async def test_a_cost_that_nobody_can_tell_counts_as_all_that_was_set_aside():
    """The model that answered is not the one that has a price."""
    ledger = Ledger()
    client = Scripted()
    kit = Kit(client, ledger=ledger)
    answer = await kit.client.open(asked(max_tokens=10))
    reserved = next(iter(ledger.open.values()))
    object.__setattr__(kit.gateway.chat._recorder, "prices", replace(PRICES, prices={}))
    await read(answer)
    assert ledger.settled == [(1, None)]
    assert ledger.spent == reserved


async def test_a_settlement_that_fails_is_left_to_the_sweeper():
    """The answer is not spoiled by it."""

    class Failing(Ledger):
        async def settle(self, handle, actual):
            raise RuntimeError("broken")

    kit = Kit(Scripted(), ledger=Failing())
    assert await read(await kit.client.open(asked())) == "one two three"
    assert kit.registry.value("tandem_ai_unsettled_total") == 1


def test_limits_are_found_wherever_they_are_named():
    """The largest counts; an answer for each choice."""
    assert answer_limit(asked()) == 4_096
    assert answer_limit(asked(max_tokens=10)) == 10
    assert answer_limit(asked(max_tokens=10, options={"max_completion_tokens": 20})) == 20
    assert limited(asked(options={"max_completion_tokens": 20})).max_tokens is None
    estimator = Estimator(PRICES, {"one": None}, lambda _: [Candidate("one", "m-one")])
    one = estimator.most(asked(max_tokens=1_000)).micro
    three = estimator.most(asked(max_tokens=1_000, options={"n": 3})).micro
    assert three - one == 2 * 2 * 1_000


def test_modest_spending_leaves_out_the_dear_and_the_unpriced():
    """Who was asked stays in any case."""
    chain = [
        Candidate("one", "m-one"),
        Candidate("two", "m-two"),
        Candidate("x", "?"),
        Candidate("local", "s"),
    ]
    estimator = Estimator(PRICES, dict.fromkeys(["one", "two", "x", "local"]), lambda _: chain)
    assert estimator.most(asked()).micro is None
    modest = estimator.modest(asked(max_tokens=10))
    assert modest.only == {"one", "local"}
    assert modest.micro < 100
    assert estimator.modest(asked(fallback=False)).only == {"one"}


def test_usage_is_summed():
    """Prompt and completion."""
    assert TokenUsage(2, 3).total == 5
