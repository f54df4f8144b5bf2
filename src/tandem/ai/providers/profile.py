"""In what one OpenAI-compatible provider differs from another: data, not code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from pydantic import SecretStr

from tandem.core.errors import ConfigurationError
from tandem.core.http.timeouts import Timeouts


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider and how it is spoken to."""

    name: str
    """How answers and records call it."""
    base_url: str
    """Up to, not including, ``/chat/completions``."""
    models: Mapping[str, str]
    """Our model keys with the provider's own ids; the first is used for keys of other providers."""
    api_key: SecretStr | None = None
    """Sent as a bearer token."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Sent with every call."""
    max_tokens_field: str = "max_tokens"
    """What it calls the limit of the answer."""
    supports_usage_in_stream: bool = True
    """Whether it understands ``stream_options.include_usage``."""
    streams_always: bool = False
    """Whether even whole answers are asked for as streams: some servers go on with a whole one that nobody awaits."""
    reports_cost: bool = False
    """Whether ``usage.cost`` is what the answer cost, in US dollars."""

    def __post_init__(self) -> None:
        """Refuse a provider that could never answer."""
        if not self.models:
            raise ConfigurationError(f"{self.name}: no model is configured")

    def model_for(self, key: str) -> str:
        """Return the provider's id for ``key``, that of its first model for a key that is not its own."""
        return self.models.get(key) or next(iter(self.models.values()))

    def owns(self, key: str) -> bool:
        """Whether ``key`` names one of its models."""
        return key in self.models

    def sent_headers(self) -> dict[str, str]:
        """Return the headers of one call, the key among them: never to be logged."""
        if self.api_key is None:
            return dict(self.headers)
        # Keys that come out of files often bring a line end along.
        return {**self.headers, "Authorization": f"Bearer {self.api_key.get_secret_value().strip()}"}


def base_url(value: str, setting: str) -> str:
    """Return ``value`` as a base address; one without a path gets ``/v1``.

    Raises ConfigurationError naming the ``setting``, without the value, which may hold a password.
    """
    parts = urlsplit(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(f"{setting} takes an address such as http://127.0.0.1:8091/v1")
    if parts.username or parts.password:
        raise ConfigurationError(f"{setting}: the key belongs in a setting of its own, not in the address")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"
