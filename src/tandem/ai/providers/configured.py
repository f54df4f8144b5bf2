"""The providers that the settings name, the most wanted first."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

from tandem.ai import token_estimate
from tandem.ai.catalog import CONTRACT_MODELS, LOCAL, OPENROUTER, Catalog
from tandem.ai.messages import ChatRequest, TokenUsage
from tandem.ai.providers.answer import Estimate
from tandem.ai.providers.openai_compatible import OpenAICompatible
from tandem.ai.providers.profile import Profile, base_url
from tandem.core.clock import Clock
from tandem.core.http.client import HttpClient
from tandem.core.http.timeouts import Timeouts
from tandem.core.settings import Settings

OLD_OLLAMA_URL: Final = "http://ollama:11434"


def profiles(settings: Settings) -> list[Profile]:
    """Return the configured providers; raises ConfigurationError naming the setting that cannot work."""
    return [*_clouds(settings), *_own_machines(settings), *_local(settings)]


def catalog(settings: Settings) -> Catalog:
    """Return the model keys of these settings; raises ConfigurationError."""
    return Catalog(profiles(settings), settings.default_model)


def estimated(request: ChatRequest, text: str) -> TokenUsage:
    """Return the tokens of a request and of what the model wrote to it, counted by us."""
    return TokenUsage(token_estimate.of_request(request), token_estimate.of_text(text), estimated=True)


def providers(
    settings: Settings, http: HttpClient, clock: Clock, estimate: Estimate = estimated
) -> dict[str, OpenAICompatible]:
    """Return a client for each configured provider by its name, the most wanted first."""
    return {profile.name: OpenAICompatible(profile, http, clock, estimate) for profile in profiles(settings)}


def http_client(settings: Settings) -> HttpClient:
    """Return the process's client for outgoing calls, not yet open."""
    proxy = settings.http_proxy.get_secret_value() if settings.http_proxy is not None else None
    return HttpClient(
        limit=settings.http_connections, per_host=settings.http_connections_per_host,
        timeouts=timeouts(settings), proxy=proxy,
    )  # fmt: skip


def timeouts(settings: Settings) -> Timeouts:
    """Return the waits of a call to a provider."""
    return Timeouts(
        connect=settings.ai_connect_timeout, first_byte=settings.ai_first_token_timeout,
        idle=settings.ai_idle_timeout, total=settings.ai_timeout,
    )  # fmt: skip


def _clouds(settings: Settings) -> Iterator[Profile]:
    waits = timeouts(settings)
    if settings.openrouter_api_key is not None:
        told = {"HTTP-Referer": settings.openrouter_referer, "X-Title": settings.openrouter_title}
        yield Profile(
            name=OPENROUTER, base_url=base_url(settings.openrouter_url, "TANDEM_OPENROUTER_URL"),
            models=CONTRACT_MODELS, api_key=settings.openrouter_api_key, timeouts=waits, reports_cost=True,
            headers=MappingProxyType({name: value for name, value in told.items() if value}),
        )  # fmt: skip
    if settings.deepseek_api_key is not None:
        yield Profile(
            name="deepseek", base_url=base_url(settings.deepseek_url, "TANDEM_DEEPSEEK_URL"),
            models=_keys("deepseek", settings.deepseek_models), api_key=settings.deepseek_api_key, timeouts=waits,
        )  # fmt: skip
    if settings.openai_api_key is not None:
        yield Profile(
            name="openai", base_url=base_url(settings.openai_url, "TANDEM_OPENAI_URL"),
            models=_keys("openai", settings.openai_models), api_key=settings.openai_api_key, timeouts=waits,
            max_tokens_field="max_completion_tokens",
        )  # fmt: skip
    if settings.ai_api_key is not None:
        yield Profile(
            name="cloud", base_url=base_url(settings.ai_api_url, "TANDEM_AI_API_URL"),
            models=_keys("cloud", [settings.ai_cloud_model]), api_key=settings.ai_api_key, timeouts=waits,
        )  # fmt: skip


def _own_machines(settings: Settings) -> Iterator[Profile]:
    waits = timeouts(settings)
    # Whoever asks for Ollama by name gets it where the old service looked for it.
    ollama = settings.ollama_url or (OLD_OLLAMA_URL if settings.ai_provider == "ollama" else "")
    if settings.ollama_enabled and ollama:
        yield Profile(
            name="ollama", base_url=base_url(ollama, "TANDEM_OLLAMA_URL"),
            models=_keys("ollama", [settings.ollama_model]), timeouts=waits,
        )  # fmt: skip
    if settings.vllm_url:
        yield Profile(
            name="vllm", base_url=base_url(settings.vllm_url, "TANDEM_VLLM_URL"),
            models=_keys("vllm", [settings.vllm_model]), api_key=settings.vllm_api_key, timeouts=waits,
        )  # fmt: skip


def _local(settings: Settings) -> Iterator[Profile]:
    if settings.local_enabled:
        yield Profile(
            name=LOCAL, base_url=base_url(settings.local_url, "TANDEM_LOCAL_URL"),
            models=MappingProxyType({LOCAL: settings.local_model}), timeouts=timeouts(settings),
            # llama.cpp ends only streams when their client leaves, and closes a connection after one without saying so.
            streams_always=True, headers=MappingProxyType({"Connection": "close"}),
        )  # fmt: skip


def _keys(provider: str, models: Iterable[str]) -> MappingProxyType[str, str]:
    return MappingProxyType({f"{provider}/{model}": model for model in models})
