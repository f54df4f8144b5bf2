"""What all AI answers share: who wrote the texts, and when."""

from typing import Any, Self

from pydantic import Field

from tandem.pomodoro.schemas.common import Answer, LocalTimestamp

_ABSENT: Any = Field(default=None, exclude_if=lambda value: value is None)


class AIAnswer(Answer):
    """Base of every AI answer."""

    ai_generated: bool = Field(
        default=False, description="Whether a language model wrote the texts; figures are always ours."
    )
    generated_at: LocalTimestamp = ""
    from_cache: bool = Field(
        default=False, description="Whether the texts were written for an earlier request."
    )
    cached_at: str | None = _ABSENT
    provider: str | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Who wrote the texts."
    )
    model: str | None = _ABSENT


class AnalyzerAnswer(AIAnswer):
    """Base of the analyzer's answers, whose fallback is told by more keys."""

    ai_available: bool = Field(default=False, description="Whether a language model could be asked.")
    fallback: bool = Field(default=True, description="Whether the texts come from rules.")
    error: str | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Why no model wrote the texts."
    )
    message: str | None = _ABSENT
    timestamp: str | None = _ABSENT

    def as_fallback(self) -> Self:
        """Return the answer in the shape that clients know where rules wrote it; the same unless said otherwise."""
        return self
