"""Background jobs: how many at once, how long they are remembered."""

from pydantic import Field
from pydantic_settings import BaseSettings


class JobSettings(BaseSettings):
    """What `tandem jobs run` does at once, and what is kept."""

    jobs_models: int = Field(
        default=2, ge=1, le=256,
        description="CPU jobs (embeddings, fits, recordings) that run at once over all workers.",
    )  # fmt: skip
    jobs_language: int = Field(
        default=4, ge=1, le=256, description="Jobs calling language models that run at once over all workers."
    )
    jobs_housekeeping: int = Field(
        default=2, ge=1, le=256, description="Short jobs that run at once over all workers."
    )
    jobs_lease: float = Field(
        default=15.0, ge=2, le=600,
        description="Seconds without a sign of life after which a job is given to another worker.",
    )  # fmt: skip
    briefing_at: str = Field(
        default="06:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d|off)$",
        description="When a language model writes morning briefings ahead, on each user's clock; `off` for never.",
    )  # fmt: skip
    jobs_keep_days: float = Field(
        default=7.0, gt=0, le=3650, description="Days for which finished jobs are kept."
    )
    jobs_keep_most: int = Field(
        default=20_000, ge=100, le=10_000_000, description="Finished jobs that are kept at most."
    )
