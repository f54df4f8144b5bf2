"""OpenAI's chat completions, as far as we look into them; everything else is passed through."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.ai.messages import Message


def _unless_null(value: Any) -> Any:
    # OpenAI's clients send null for what they are given as None.
    return False if value is None else value


class WireMessage(BaseModel):
    """One turn, whatever else it carries."""

    model_config = ConfigDict(extra="allow", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None

    def message(self) -> Message:
        """Return the turn as our own."""
        return Message(self.role, self.content, dict(self.model_extra or {}))


class StreamOptions(BaseModel):
    """What a streamed answer tells besides."""

    model_config = ConfigDict(extra="allow", frozen=True)

    include_usage: Annotated[bool, BeforeValidator(_unless_null)] = False


class CompletionAsk(BaseModel):
    """`POST /v1/chat/completions`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str = Field(max_length=200)
    messages: Annotated[list[WireMessage], Field(min_length=1, max_length=1000)]
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    stream: Annotated[bool, BeforeValidator(_unless_null)] = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What is passed through as it came: tools, response_format, stop, seed, ..."""
        return dict(self.model_extra or {})
