"""The price table and its arithmetic."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.ai.messages import TokenUsage
from tandem.ai.pricing import FREE, Price, price_of, published
from tandem.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("provider", "model", "prompt", "completion"),
    [
        ("openai", "gpt-4o-mini", 150_000, 600_000),
        ("openai", "gpt-4o", 2_500_000, 10_000_000),
        ("openai", "gpt-4-turbo", 10_000_000, 30_000_000),
        ("openai", "gpt-3.5-turbo", 500_000, 1_500_000),
        ("deepseek", "deepseek-chat", 140_000, 280_000),
        ("deepseek", "deepseek-coder", 140_000, 280_000),
        ("cloud", "glm-4.5-air", 150_000, 800_000),
        ("cloud", "glm-4.5", 200_000, 1_100_000),
        ("openrouter", "mistralai/mistral-small-3.2-24b-instruct:free", 0, 0),
        ("openrouter", "some/other:free", 0, 0),
        ("local", "smollm2-135m-instruct", 0, 0),
        ("ollama", "whatever", 0, 0),
        ("openai", "gpt-4o-2024-08-06", 2_500_000, 10_000_000),
        ("openai", "gpt-4o-mini-2024-07-18", 150_000, 600_000),
        ("openai", "gpt-3.5-turbo-0125", 500_000, 1_500_000),
    ],
)
def test_what_is_known(provider: str, model: str, prompt: int, completion: int):
    """In micro-dollars per million tokens."""
    assert published().price(provider, model) == Price(prompt, completion)


def test_what_is_not_known_is_not_free():
    """None, never 0."""
    assert published().price("openai", "gpt-9") is None
    assert published().cost("openai", "gpt-9", TokenUsage(1, 1)) is None
    assert published().price("openai", "gpt-4o-mini-tts") is None


def test_rounding_is_upwards():
    """What costs something never counts as free."""
    table = published()
    assert table.cost("openai", "gpt-4o-mini", TokenUsage(1, 0)) == 1
    assert table.cost("openai", "gpt-4o-mini", TokenUsage(1_000, 500)) == 450
    assert table.cost("openai", "gpt-4o-mini", TokenUsage(0, 0)) == 0
    assert table.cost("deepseek", "deepseek-chat", TokenUsage(1_000_000, 1_000_000)) == 420_000


@given(
    st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**9), st.integers(0, 10**9),
)  # fmt: skip
def test_a_cost_is_never_below_the_exact_one_nor_a_whole_micro_dollar_above(prompt, completion, one, two):
    """For any price and number of tokens."""
    exact = prompt * one + completion * two
    cost = Price(one, two).cost(prompt, completion)
    assert 0 <= cost * 1_000_000 - exact < 1_000_000


def test_own_prices_go_first():
    """An installation's contract, a reseller's price, a server of one's own."""
    table = published().with_prices(
        {"gpt-4o": ("2.00", "8"), "azure/gpt-4o": (1, 4), "vllm/mine": (0, 0)}, free_providers=["lab"]
    )
    assert table.price("openai", "gpt-4o") == Price(2_000_000, 8_000_000)
    assert table.price("azure", "gpt-4o") == Price(1_000_000, 4_000_000)
    assert table.price("vllm", "mine") == FREE
    assert table.price("lab", "x") == FREE
    assert table.price("local", "x") == FREE
    assert published().price("openai", "gpt-4o") == Price(2_500_000, 10_000_000)


@pytest.mark.parametrize("pair", [(-1, 0), ("much", 0), ("nan", 0)])
def test_what_is_no_price_is_refused(pair: tuple):
    """At start, with the reason."""
    with pytest.raises(ConfigurationError):
        price_of(*pair)


def test_the_table_knows_its_age():
    """In days, for a metric."""
    table = published()
    assert table.age_days(table.as_of + dt.timedelta(days=40)) == 40
