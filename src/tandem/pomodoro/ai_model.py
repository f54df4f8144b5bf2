"""Which model writes Pomodoro's AI answers, and the gateway that asks it."""

from dataclasses import dataclass
from typing import Final

from tandem.ai import pricing
from tandem.ai.catalog import LOCAL
from tandem.ai.gateway import Gateway
from tandem.ai.metrics import AIMetrics
from tandem.ai.providers import configured
from tandem.ai.providers.openai_compatible import OpenAICompatible
from tandem.ai.providers.profile import Profile
from tandem.ai.stack import build_gateway
from tandem.core.errors import ConfigurationError
from tandem.core.foundation import Foundation
from tandem.core.settings import Settings
from tandem.usage.budgets import Budgets
from tandem.usage.recorder import UsageRecorder

NOBODY: Final = frozenset({"off", "none", "rules"})
ANY_CLOUD: Final = "cloud"
OWN: Final = frozenset({LOCAL, "ollama", "vllm"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Who writes: the model key, the provider's profile, and the settings under which only such may stand in."""

    key: str
    profile: Profile
    settings: Settings


def choose(settings: Settings) -> Choice | None:
    """Return who writes, None where the rules do; raises ConfigurationError for a model that nobody has.

    The small local model takes part only where it is asked for by name: its texts are too weak to stand in.
    """
    wanted = settings.ai_provider.strip().lower()
    if wanted in NOBODY:
        return None
    narrowed = settings.model_copy(
        update={"local_enabled": settings.local_enabled and wanted == LOCAL, "default_model": ""}
    )
    profiles = configured.profiles(narrowed)
    if settings.ai_model:
        owner = next((one for one in profiles if one.owns(settings.ai_model)), None)
        if owner is None:
            known = ", ".join(sorted(key for one in profiles for key in one.models)) or "none is configured"
            raise ConfigurationError(f"TANDEM_AI_MODEL: there is no such model; there are: {known}")
        return Choice(settings.ai_model, owner, narrowed)
    chosen = _named(profiles, wanted) if wanted else next(iter(profiles), None)
    return None if chosen is None else Choice(next(iter(chosen.models)), chosen, narrowed)


def _named(profiles: list[Profile], wanted: str) -> Profile | None:
    found = next((one for one in profiles if one.name == wanted), None)
    if found is None and wanted == ANY_CLOUD:
        return next((one for one in profiles if one.name not in OWN), None)
    return found


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """The way to the chosen model."""

    choice: Choice
    gateway: Gateway
    provider: OpenAICompatible
    """Asked by the health route only."""


async def open_access(foundation: Foundation, choice: Choice) -> ModelAccess:
    """Open what asking a model needs: usage records, budgets, outgoing HTTP, the gateway."""
    settings, clock, resources = choice.settings, foundation.clock, foundation.resources
    usage = settings.home_path / "usage"
    recorder = UsageRecorder(foundation.database, usage)
    await resources.add("usage", open=recorder.open, close=recorder.close, ping=recorder.ping)
    budgets = Budgets(foundation.database, clock, usage)
    await resources.add("budgets", open=budgets.open, close=budgets.close, ping=budgets.ping)
    http = configured.http_client(settings)
    await resources.add("http", open=http.open, close=http.close, ping=http.ping)
    gateway = build_gateway(
        settings, http, clock, configured.catalog(settings), pricing.published(), recorder, budgets,
        AIMetrics.declare(foundation.registry), lambda: foundation.drain.started,
        foundation.limiter,
    )  # fmt: skip
    await resources.add("gateway", open=gateway.open, close=gateway.close, ping=gateway.ping)
    provider = OpenAICompatible(choice.profile, http, clock, configured.estimated)
    return ModelAccess(choice, gateway, provider)
