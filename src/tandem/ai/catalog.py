"""Which model keys there are, who answers for each, and which one a caller gets who names none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tandem.ai.errors import ProviderNotConfiguredError
from tandem.ai.providers.profile import Profile
from tandem.core.errors import ConfigurationError, InvalidInputError

LOCAL: Final = "local"
OPENROUTER: Final = "openrouter"
PREFERRED: Final = "mistral-small"

CONTRACT_MODELS: Final[Mapping[str, str]] = {
    "mistral-small": "mistralai/mistral-small-3.2-24b-instruct:free",
    "deepseek-r1": "deepseek/deepseek-r1-0528:free",
    "deepseek-chat": "deepseek/deepseek-chat-v3-0324:free",
    "qwen3-8b": "qwen/qwen3-8b:free",
    "gemma-3n": "google/gemma-3n-e2b-it:free",
    "hunyuan": "tencent/hunyuan-a13b-instruct:free",
}
"""Keys that clients use, with OpenRouter's ids; always listed, configured or not."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers for a key; ``fallback`` when that is not whom the key names."""

    key: str
    provider: str
    model: str
    fallback: bool = False


class Catalog:
    """The model keys of one configuration; immutable."""

    def __init__(self, profiles: Sequence[Profile], default_model: str = "") -> None:
        """List what ``profiles``, the most wanted first, can answer.

        Raises ConfigurationError for a ``default_model`` that nobody knows.
        """
        self._profiles = {profile.name: profile for profile in profiles}
        self._routes: dict[str, Route] = {}
        for profile in profiles:
            for key, model in profile.models.items():
                self._routes.setdefault(key, Route(key, profile.name, model))
        self._wanted = default_model
        if default_model and not self.knows(default_model):
            raise ConfigurationError(f"TANDEM_DEFAULT_MODEL: {self._unknown(default_model)}")

    @property
    def models(self) -> dict[str, str]:
        """Every key with the id of the model behind it: those of the contract first, then what is configured."""
        return {**CONTRACT_MODELS, **{key: route.model for key, route in self._routes.items()}}

    @property
    def api_configured(self) -> bool:
        """Whether any provider can answer."""
        return bool(self._routes)

    @property
    def default_model(self) -> str:
        """The key for callers who name none."""
        if self._wanted:
            return self._wanted
        if PREFERRED in self._routes:
            return PREFERRED
        others = [key for key, route in self._routes.items() if route.provider != LOCAL]
        return others[0] if others else LOCAL

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the configured providers, the most wanted first."""
        return tuple(self._profiles)

    def knows(self, key: str) -> bool:
        """Whether ``key`` may be asked for."""
        return key == LOCAL or key in CONTRACT_MODELS or key in self._routes

    def provider_of(self, key: str) -> str:
        """Return the name of the provider that ``key`` means; raises InvalidInputError for an unknown key."""
        if not self.knows(key):
            raise InvalidInputError(self._unknown(key), known=sorted(self.models | {LOCAL: ""}))
        if key in self._routes:
            return self._routes[key].provider
        return LOCAL if key == LOCAL else OPENROUTER

    def require(self, key: str) -> Route:
        """Return who ``key`` names.

        Raises InvalidInputError for an unknown key, ProviderNotConfiguredError when that provider has no key or
        no address: for comparisons, where another model's answer would be a lie.
        """
        provider = self.provider_of(key)
        if key not in self._routes:
            raise ProviderNotConfiguredError(
                f"no key or address of {provider} is configured",
                provider=provider,
                model=CONTRACT_MODELS.get(key, key),
            )
        return self._routes[key]

    def route(self, key: str) -> Route:
        """Return who answers for ``key``: the local model in place of a provider that is not configured.

        Raises InvalidInputError for an unknown key, ProviderNotConfiguredError when nobody at all can answer.
        """
        try:
            return self.require(key)
        except ProviderNotConfiguredError:
            stand_in = self._routes.get(LOCAL) or self._routes.get(self.default_model)
            if stand_in is None:
                raise
            return Route(key, stand_in.provider, stand_in.model, fallback=True)

    def _unknown(self, key: str) -> str:
        return f"there is no model {key[:100]!r}; there are {', '.join(sorted(self.models))}"
