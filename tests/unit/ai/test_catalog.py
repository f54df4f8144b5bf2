"""Which keys there are and who answers for them, from the settings alone."""

import os

import pytest

from tandem.ai.catalog import CONTRACT_MODELS
from tandem.ai.errors import ProviderNotConfiguredError
from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.ai.providers import configured
from tandem.core.errors import ConfigurationError, InvalidInputError
from tandem.core.settings import Settings


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Make settings out of the given environment alone."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith(("TANDEM_", "AI_", "OLLAMA_", "VLLM_")) or name.upper().endswith(
            "_API_KEY"
        ):
            monkeypatch.delenv(name)

    def make(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings()

    return make


def test_without_any_key_everything_is_answered_by_the_local_model(made):
    """The keys of the contract are listed all the same, and marked when another answers."""
    catalog = configured.catalog(made())
    assert catalog.default_model == "local"
    assert catalog.api_configured
    assert catalog.models == {**CONTRACT_MODELS, "local": "smollm2-135m-instruct"}
    route = catalog.route("mistral-small")
    assert (route.key, route.provider, route.fallback) == ("mistral-small", "local", True)
    assert not catalog.route("local").fallback


def test_a_comparison_is_told_that_a_lane_cannot_be_answered(made):
    """No other model's answer is put in its place."""
    with pytest.raises(ProviderNotConfiguredError) as caught:
        configured.catalog(made()).require("deepseek-r1")
    assert caught.value.provider == "openrouter"
    assert caught.value.model == "deepseek/deepseek-r1-0528:free"


def test_an_unknown_key_is_the_callers_mistake(made):
    """It is refused with the keys that there are, in both cases."""
    catalog = configured.catalog(made())
    for ask in (catalog.route, catalog.require):
        with pytest.raises(InvalidInputError, match="mistral-small"):
            ask("gpt-17")


def test_openrouter_brings_the_contracts_default(made):
    """Its six keys are its own then."""
    settings = made(OPENROUTER_API_KEY="sk-or-0123456789", TANDEM_OPENROUTER_REFERER="https://example.org")
    catalog = configured.catalog(settings)
    assert catalog.default_model == "mistral-small"
    assert catalog.route("qwen3-8b").model == "qwen/qwen3-8b:free"
    assert not catalog.route("qwen3-8b").fallback
    first = configured.profiles(settings)[0]
    assert first.reports_cost
    assert dict(first.headers) == {"HTTP-Referer": "https://example.org", "X-Title": "Tokimeki"}
    assert "0123456789" not in repr(configured.profiles(settings))


def test_every_provider_is_configured_by_its_names(made):
    """The names of both plans and of the old services, in the order of preference."""
    settings = made(
        OPENROUTER_API_KEY="a", DEEPSEEK_API_KEY="b", OPENAI_API_KEY="c", AI_API_KEY="d", AI_API_URL="http://c/v1",
        AI_CLOUD_MODEL="big", OLLAMA_URL="http://o:11434", OLLAMA_MODEL="tiny", VLLM_URL="http://v:8000", VLLM_MODEL="m",
        TANDEM_OPENAI_MODELS="gpt-x, gpt-y", OLLAMA_TIMEOUT="90",
    )  # fmt: skip
    found = {profile.name: profile for profile in configured.profiles(settings)}
    assert list(found) == ["openrouter", "deepseek", "openai", "cloud", "ollama", "vllm", "local"]
    assert list(found["openai"].models) == ["openai/gpt-x", "openai/gpt-y"]
    assert found["openai"].max_tokens_field == "max_completion_tokens"
    assert dict(found["cloud"].models) == {"cloud/big": "big"}
    assert (found["ollama"].base_url, dict(found["ollama"].models)) == (
        "http://o:11434/v1",
        {"ollama/tiny": "tiny"},
    )
    assert found["vllm"].base_url == "http://v:8000/v1"
    assert {profile.timeouts.total for profile in found.values()} == {90.0}
    assert configured.catalog(settings).route("deepseek/deepseek-chat").provider == "deepseek"


@pytest.mark.parametrize(
    ("environment", "default"),
    [
        ({"DEEPSEEK_API_KEY": "b"}, "deepseek/deepseek-chat"),
        ({"OLLAMA_URL": "http://o:1", "OLLAMA_MODEL": "tiny"}, "ollama/tiny"),
        ({"OLLAMA_URL": "http://o:1", "OLLAMA_ENABLED": "false"}, "local"),
        ({"AI_PROVIDER": "ollama", "OLLAMA_MODEL": "tiny"}, "ollama/tiny"),
        ({"DEEPSEEK_API_KEY": "b", "TANDEM_DEFAULT_MODEL": "local"}, "local"),
    ],
)
def test_the_default_is_the_first_that_can_answer(made, environment, default):
    """A setting has the last word."""
    assert configured.catalog(made(**environment)).default_model == default


def test_without_the_local_model_the_default_stands_in_or_nobody(made):
    """With nobody left, the caller is told so."""
    stand_in = configured.catalog(made(TANDEM_LOCAL_ENABLED="false", DEEPSEEK_API_KEY="b")).route(
        "mistral-small"
    )
    assert (stand_in.provider, stand_in.fallback) == ("deepseek", True)


def test_with_no_provider_at_all_nothing_is_configured(made):
    """Keys are still listed; asking one fails with the reason."""
    catalog = configured.catalog(made(TANDEM_LOCAL_ENABLED="false"))
    assert not catalog.api_configured
    assert catalog.models == CONTRACT_MODELS
    for key in ("mistral-small", "local"):
        with pytest.raises(ProviderNotConfiguredError):
            catalog.route(key)


@pytest.mark.parametrize(
    "environment",
    [
        {"TANDEM_DEFAULT_MODEL": "gpt-17"},
        {"TANDEM_LOCAL_URL": "127.0.0.1:8091"},
        {"OPENAI_API_KEY": "a", "TANDEM_OPENAI_MODELS": ","},
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(made, environment):
    """Instead of at the first question."""
    with pytest.raises(ConfigurationError):
        configured.catalog(made(**environment))


def test_tokens_are_estimated_for_request_and_answer():
    """What the providers are given to count with marks its figures."""
    asker = Asker("u", None, "/chat", "r")
    usage = configured.estimated(
        ChatRequest((Message("user", "How are you?"),), "local", asker), "Well, thank you."
    )
    assert usage.estimated
    assert 3 <= usage.prompt <= 30
    assert 2 <= usage.completion <= 10
