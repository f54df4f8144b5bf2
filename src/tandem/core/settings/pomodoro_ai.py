"""Pomodoro's AI answers: who writes them, and what leaves this machine."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PomodoroAISettings(BaseSettings):
    """The model of the AI routes."""

    ai_model: str = Field(
        default="",
        description="Model key that writes Pomodoro's AI answers; unset: that of AI_PROVIDER or of the first key.",
    )
    ai_share_notes: bool = Field(
        default=False,
        description="Whether tasks and notes may be sent to the model; figures and categories always are.",
    )
    ai_profile: str = Field(
        default="",
        max_length=1000,
        description="Who the person is, told to the model, such as `a nurse learning Spanish`.",
    )
