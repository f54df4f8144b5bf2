"""All settings, read once from the environment and ``.env`` and then passed on.

Every name may be written with the prefix ``TANDEM_``; the names that the two migration plans and the old
services use (``DATABASE_URL``, ``LOG_LEVEL``, ...) are understood as well. Nothing else in the project
reads the environment.
"""

import difflib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tandem.core.clock import machine_zone_name, zone_named
from tandem.core.errors import ConfigurationError

PREFIX = "TANDEM_"

# Set by `tandem serve` for its workers; they describe the running server, not a person's wishes.
RUNTIME_NAMES = frozenset({"TANDEM_BIND", "TANDEM_RUN_DIR", "TANDEM_METRICS_DIR", "TANDEM_TEST_DATABASE_URL"})

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def _names(*names: str) -> AliasChoices:
    """Accept ``TANDEM_<first>`` and then each of ``names`` as it stands."""
    first = names[0].upper()
    own = f"{PREFIX}{first}"
    return AliasChoices(own, own.lower(), *names, *(name.upper() for name in names if name.upper() != name))


class Settings(BaseSettings):
    """The whole configuration of one process; immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True,
        populate_by_name=True, env_ignore_empty=True, case_sensitive=False,
    )  # fmt: skip

    home: Path = Field(default=Path(".tandem"), description="Directory for all state.")
    timezone: str = Field(
        default_factory=machine_zone_name,
        description="IANA zone in which days begin and hours are counted; the machine's own by default.",
    )
    language: Literal["cs", "en"] = Field(
        default="cs", description="Language of Pomodoro's answers when the caller names none."
    )
    categories: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("SOAP", "Robot Framework", "REST API", "Database", "Frontend", "Sociální sítě",
                 "Job Hunting", "Learning", "Other"),
        description="Session categories until a client configures its own; separated by commas.",
    )  # fmt: skip
    app_name: str = Field(
        default="Pomodoro ML Service", validation_alias=_names("app_name"), description="Title of the API."
    )
    debug: bool = Field(
        default=False, validation_alias=_names("debug"), description="Log at level DEBUG; changes no answer."
    )

    auth: Literal["on", "off"] | None = Field(
        default=None,
        description="off: every caller is admin; unset: off only while bound to loopback by `tandem serve`.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("http://localhost:5000", "http://127.0.0.1:5000", "http://localhost:8090", "http://127.0.0.1:8090"),
        description="Origins that browsers may call from; separated by commas.",
    )  # fmt: skip
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names under which the services answer, `*.example.org` for all below one; any when empty.",
    )
    max_body: int = Field(default=1024 * 1024, ge=1024, description="Largest body of ordinary routes, bytes.")
    max_upload: int = Field(
        default=25 * 1024 * 1024, ge=1024, description="Largest import or recording, bytes."
    )

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=_names("database_url"),
        description="A PostgreSQL to use instead of the embedded one; postgresql+asyncpg:// is understood.",
    )
    db_pool_max: int = Field(default=10, ge=1, le=500, description="Connections per worker process.")
    db_acquire_timeout: float = Field(
        default=5.0, gt=0, le=120, description="Seconds that a request waits for a free connection."
    )
    db_command_timeout: float = Field(
        default=15.0, gt=0, le=600, description="Seconds that one query may take."
    )

    redis_url: SecretStr | None = Field(
        default=None, validation_alias=_names("redis_url"), description="Redis or Valkey; memory without it."
    )
    cache_memory: int = Field(
        default=64 * 1024 * 1024, ge=1024 * 1024, description="Bytes of cached answers kept per worker."
    )
    cache_timeout: float = Field(
        default=0.1, ge=0.01, le=2, description="Seconds that one call to Redis may take."
    )
    ai_provider: str = Field(
        default="",
        validation_alias=_names("ai_provider"),
        description="`ollama`: where the old service found Ollama; else nothing.",
    )
    ollama_model: str = Field(
        default="qwen2.5:0.5b", validation_alias=_names("ollama_model"), description="Model name of Ollama."
    )

    default_model: str = Field(
        default="", description="Model key of chats that name none; unset: by what has a key."
    )
    local_enabled: bool = Field(
        default=True, description="Whether the small model of this machine may answer."
    )
    local_url: str = Field(
        default="http://127.0.0.1:8091/v1", description="Where `tandem model-server` or another one listens."
    )
    local_model: str = Field(
        default="smollm2-135m-instruct", description="Model id sent to the local server."
    )
    openrouter_api_key: SecretStr | None = Field(
        default=None, validation_alias=_names("openrouter_api_key"), description="Key of OpenRouter."
    )
    openrouter_url: str = Field(
        default="https://openrouter.ai/api/v1", description="Base address of OpenRouter."
    )
    openrouter_referer: str = Field(
        default="", description="HTTP-Referer told to OpenRouter; none when empty."
    )
    openrouter_title: str = Field(
        default="Tokimeki", description="X-Title told to OpenRouter; none when empty."
    )
    deepseek_api_key: SecretStr | None = Field(
        default=None, validation_alias=_names("deepseek_api_key"), description="Key of DeepSeek."
    )
    deepseek_url: str = Field(default="https://api.deepseek.com/v1", description="Base address of DeepSeek.")
    deepseek_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("deepseek-chat", "deepseek-reasoner"), description="Model ids offered; separated by commas."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=_names("openai_api_key"), description="Key of OpenAI."
    )
    openai_url: str = Field(default="https://api.openai.com/v1", description="Base address of OpenAI.")
    openai_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("gpt-4o-mini",), description="Model ids offered; separated by commas."
    )
    ai_api_key: SecretStr | None = Field(
        default=None, validation_alias=_names("ai_api_key"), description="Key of the provider called `cloud`."
    )
    ai_api_url: str = Field(
        default="https://api.deepseek.com/v1", validation_alias=_names("ai_api_url"),
        description="Base address of the provider called `cloud`.",
    )  # fmt: skip
    ai_cloud_model: str = Field(
        default="deepseek-chat", validation_alias=_names("ai_cloud_model"), description="Model id of `cloud`."
    )
    ollama_enabled: bool = Field(
        default=True, validation_alias=_names("ollama_enabled"), description="Whether Ollama may be asked."
    )
    ollama_url: str = Field(
        default="",
        validation_alias=_names("ollama_url"),
        description="Address of Ollama; not asked without one.",
    )
    vllm_url: str = Field(
        default="", validation_alias=_names("vllm_url"), description="Address of vLLM; not asked without one."
    )
    vllm_model: str = Field(
        default="default", validation_alias=_names("vllm_model"), description="Model id that vLLM serves."
    )
    vllm_api_key: SecretStr | None = Field(
        default=None, validation_alias=_names("vllm_api_key"), description="Key of vLLM, if it wants one."
    )
    ai_connect_timeout: float = Field(
        default=5.0, gt=0, le=120, description="Seconds to connect to a provider."
    )
    ai_first_token_timeout: float = Field(
        default=30.0, gt=0, le=600, description="Seconds to the first piece of a streamed answer."
    )
    ai_idle_timeout: float = Field(
        default=30.0, gt=0, le=600, description="Seconds of silence within an answer."
    )
    ai_timeout: float = Field(
        default=180.0, gt=0, le=3600, validation_alias=_names("ai_timeout", "ollama_timeout"),
        description="Seconds of one whole answer, unless the request says otherwise.",
    )  # fmt: skip
    http_connections: int = Field(
        default=1024, ge=1, le=20_000, description="Outgoing connections per worker."
    )
    http_connections_per_host: int = Field(
        default=640, ge=1, le=20_000, description="Outgoing connections to one host per worker."
    )
    http_proxy: SecretStr | None = Field(
        default=None, description="http:// proxy of outgoing calls, but for those to this machine."
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO",
        validation_alias=_names("log_level"),
        description="Lines below this level are left out.",
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="One JSON object a line, or text."
    )

    snapshot_memory: int = Field(
        default=256 * 1024 * 1024, ge=1024 * 1024, description="Bytes of snapshots kept per worker."
    )

    drain_delay: float = Field(
        default=0.0, ge=0, le=300,
        description="Seconds in which a stopping server still accepts; 5 behind a balancer.",
    )  # fmt: skip
    drain_limit: float = Field(
        default=20.0, gt=0, le=600, description="Seconds after which a stop is forced."
    )
    bind: str | None = Field(default=None, description="Host that `tandem serve` bound; set by it.")
    run_dir: Path | None = Field(default=None, description="Shared files of one server's workers; set by it.")
    metrics_dir: Path | None = Field(
        default=None, description="Where the workers' counters lie; set by serve."
    )

    @field_validator("debug", mode="before")
    @classmethod
    def _said_yes(cls, value: object) -> object:
        # DEBUG without the prefix belongs to many programs, and what they write there must not stop us.
        return value.lower() in ("1", "true", "yes", "on") if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator(
        "categories", "cors_origins", "trusted_hosts", "deepseek_models", "openai_models", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except ConfigurationError as error:
            raise ValueError(error.message) from error
        return value

    @cached_property
    def home_path(self) -> Path:
        """:attr:`home` as an absolute path."""
        return self.home.expanduser().absolute()

    @property
    def auth_is_on(self) -> bool:
        """Whether callers must show an API key."""
        if self.auth is not None:
            return self.auth == "on"
        return self.bind is None or self.bind not in LOOPBACK

    @property
    def database_host(self) -> str:
        """Where PostgreSQL is, without user or password, for messages."""
        if self.database_url is None:
            return "embedded"
        parts = urlsplit(self.database_url.get_secret_value())
        return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"


def load(**overrides: Any) -> Settings:
    """Read the settings; raises ConfigurationError with one line per wrong value, without its content."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            shown = name.upper() if name.upper().startswith(PREFIX) else PREFIX + name.upper()
            lines.append(f"{shown}: {problem['msg'].removeprefix('Value error, ')}")
        raise ConfigurationError("; ".join(lines)) from error


def unknown_names(
    environment: Mapping[str, str] | None = None, env_file: Path = Path(".env")
) -> dict[str, str]:
    """Return names with our prefix that mean nothing, each with the nearest real name ('' for none)."""
    names = set(os.environ if environment is None else environment)
    if env_file.is_file():
        names |= set(dotenv_values(env_file))
    known = {PREFIX + name.upper() for name in Settings.model_fields} | RUNTIME_NAMES
    strange = {name for name in names if name.upper().startswith(PREFIX)} - known
    found = {}
    for name in sorted(strange):
        close = difflib.get_close_matches(name.upper(), known, n=1)
        found[name] = close[0] if close else ""
    return found
