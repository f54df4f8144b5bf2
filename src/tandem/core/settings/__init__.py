"""All settings, read once from the environment and ``.env`` and then passed on.

Every name may be written with the prefix ``TANDEM_``; the names that the two migration plans and the old
services use (``DATABASE_URL``, ``LOG_LEVEL``, ...) are understood as well. Nothing else in the project
reads the environment. Each group of settings has a file of its own beside this one.
"""

import difflib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from tandem.core.errors import ConfigurationError
from tandem.core.settings.access import AccessSettings
from tandem.core.settings.general import GeneralSettings
from tandem.core.settings.inference import InferenceSettings
from tandem.core.settings.jobs import JobSettings
from tandem.core.settings.limits import LimitSettings
from tandem.core.settings.markets import MarketSettings
from tandem.core.settings.names import PREFIX
from tandem.core.settings.pomodoro_ai import PomodoroAISettings
from tandem.core.settings.providers import ProviderSettings
from tandem.core.settings.serving import ServingSettings
from tandem.core.settings.speech import SpeechSettings
from tandem.core.settings.storage import StorageSettings

# Set by `tandem serve` for its workers; they describe the running server, not a person's wishes.
RUNTIME_NAMES = frozenset({"TANDEM_BIND", "TANDEM_RUN_DIR", "TANDEM_METRICS_DIR", "TANDEM_TEST_DATABASE_URL"})

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


class Settings(
    GeneralSettings,
    AccessSettings,
    LimitSettings,
    StorageSettings,
    ProviderSettings,
    ServingSettings,
    InferenceSettings,
    JobSettings,
    MarketSettings,
    PomodoroAISettings,
    SpeechSettings,
):
    """The whole configuration of one process; immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True,
        populate_by_name=True, env_ignore_empty=True, case_sensitive=False,
    )  # fmt: skip

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
