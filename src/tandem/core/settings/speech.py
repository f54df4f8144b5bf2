"""Speech to text."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SpeechSettings(BaseSettings):
    """The model, and how long recordings may be."""

    speech_model: str = Field(
        default="",
        description="Directory of a Whisper model in CTranslate2's format; the bundled tiny.en (English) without it.",
    )
    speech_threads: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Threads of the speech model; as `TANDEM_MODEL_THREADS` when unset.",
    )
    speech_longest_minutes: float = Field(
        default=60.0, gt=0, le=600, description="Longest recording that is accepted, minutes."
    )
    speech_job_seconds: float = Field(
        default=120.0, ge=0, description="Recordings that last longer are transcribed as a job, seconds."
    )
