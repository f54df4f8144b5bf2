"""What both services share: where state lies, time, language, logs."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from tandem.core.clock import machine_zone_name, zone_named
from tandem.core.errors import ConfigurationError
from tandem.core.settings.names import Words, names


class GeneralSettings(BaseSettings):
    """Home, time, language, logs."""

    home: Path = Field(default=Path(".tandem"), description="Directory for all state.")
    timezone: str = Field(
        default_factory=machine_zone_name,
        description="IANA zone in which days begin and hours are counted; the machine's own by default.",
    )
    language: Literal["cs", "en"] = Field(
        default="cs", description="Language of Pomodoro's answers when the caller names none."
    )
    categories: Words = Field(
        default=("SOAP", "Robot Framework", "REST API", "Database", "Frontend", "Sociální sítě",
                 "Job Hunting", "Learning", "Other"),
        description="Session categories until a client configures its own; separated by commas.",
    )  # fmt: skip
    app_name: str = Field(
        default="Pomodoro ML Service", validation_alias=names("app_name"), description="Title of the API."
    )
    debug: bool = Field(
        default=False, validation_alias=names("debug"), description="Log at level DEBUG; changes no answer."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO",
        validation_alias=names("log_level"),
        description="Lines below this level are left out.",
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="One JSON object a line, or text."
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

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except ConfigurationError as error:
            raise ValueError(error.message) from error
        return value
