"""Answers of the routes about the model and about kept AI answers."""

from typing import Literal

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, Count


class KeptAnswer(Answer):
    """One row of ``ai_cache``."""

    type: str = Field(examples=["morning_briefing"])
    key: str
    generated_at: str
    expires_at: str
    valid: bool


class AICacheStatus(Answer):
    """What models wrote for this user and is kept."""

    total_cached: Count
    valid: Count
    invalidated: Count = Field(description="No longer valid: expired or made unusable.")
    caches: list[KeptAnswer] = Field(description="Newest first, at most 500.")


class AIInvalidated(Answer):
    """What was made unusable."""

    status: Literal["invalidated"] = "invalidated"
    invalidated_count: Count
    message: str


class AIHealth(Answer):
    """Whether a language model can be asked."""

    ai_provider: str = Field(description="`rules` where none is configured.")
    configured_model: str
    status: Literal["healthy", "model_missing", "disabled", "error", "unavailable", "not_configured"]
    message: str
    ollama_url: str | None = Field(default=None, exclude_if=lambda value: value is None)
    available_models: list[str] | None = Field(default=None, exclude_if=lambda value: value is None)


class AnalyzerHealth(AIHealth):
    """The same with what is kept."""

    cache_status: AICacheStatus
    cloud_api_url: str | None = Field(default=None, exclude_if=lambda value: value is None)
