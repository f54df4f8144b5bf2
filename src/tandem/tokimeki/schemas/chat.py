"""Chat as it is asked and answered."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_MESSAGE = 100_000
"""Characters of one message."""

USED_TURNS = 10
"""How many earlier turns are sent along."""


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("must be valid Unicode text") from error
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def given(value: Any) -> Any:
    """Refuse null: to leave a key out is one thing, to say null another, which never was a model."""
    if value is None:
        raise ValueError("must not be null")
    return value


def _used_turns(value: Any) -> Any:
    """Return the turns that are sent along, of those the ones that say something; of the others nothing is wanted."""
    if not isinstance(value, list):
        return value
    return [turn for turn in value[-USED_TURNS:] if not _lacks_a_key(turn)]


def _lacks_a_key(turn: Any) -> bool:
    return isinstance(turn, dict) and (turn.get("role") is None or turn.get("content") is None)


def _number(value: Any) -> Any:
    # The old service took numbers as text too, and booleans are numbers only to Python.
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic turns only a ValueError into an answer
    return value.strip() if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_no_nul)]
Said = Annotated[Text, Field(max_length=MOST_MESSAGE), AfterValidator(_said)]
Temperature = Annotated[
    float,
    BeforeValidator(_number),
    Field(ge=0, le=2, allow_inf_nan=False, description="0 is the most predictable."),
]
MaxTokens = Annotated[
    int, BeforeValidator(_number), Field(ge=1, le=4000, description="Longest answer, tokens.")
]
ModelKey = Annotated[str, Field(min_length=1, max_length=200)]
StreamId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._-]{8,100}$", description="Your own id for the stream.")
]


class Turn(BaseModel):
    """One earlier turn; one that says it is from the system is taken as the user's words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Annotated[str, Field(examples=["user"])]
    content: Annotated[Text, Field(max_length=MOST_MESSAGE, examples=["And last month?"])]


class ChatAsk(BaseModel):
    """A message to a model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: Said = Field(description="What to answer.", examples=["What is a Sharpe ratio?"])
    model: Annotated[ModelKey | None, BeforeValidator(given)] = Field(
        default=None,
        description="A key of `/models`; the default model without one.",
        examples=["mistral-small"],
    )
    temperature: Temperature = 0.7
    max_tokens: MaxTokens = 1000
    history: Annotated[list[Turn], BeforeValidator(_used_turns)] = Field(
        default=[],
        description="Earlier turns; of the last ten those that have a role and a content are used.",
    )
    conversation_id: UUID | None = Field(default=None, description="Go on with a kept conversation.")
    stream_id: StreamId | None = Field(
        default=None, description="Names the stream, so that it can be cancelled early."
    )
    resumable: bool = Field(default=False, description="Keep generating for 15 s after a lost connection.")
    cache: bool | None = Field(default=None, description="Ask for, or forbid, an exact earlier answer.")


class Usage(BaseModel):
    """What an answer cost."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    total_tokens: int = Field(ge=0)


class Timings(BaseModel):
    """Seconds by the server's clock."""

    total_seconds: float
    first_token_seconds: float | None
    tokens_per_second: float | None


class ChatAnswer(BaseModel):
    """A whole answer."""

    response: str = Field(examples=["It relates return to its scatter."])
    model: str = Field(description="The key that was asked for.", examples=["mistral-small"])
    provider: str = Field(description="Who answered.", examples=["local"])
    served_by: str = Field(description="The provider's own model id.", examples=["SmolLM2-135M-Instruct"])
    fallback: bool = Field(description="Whether somebody else answered than was asked.")
    cached: bool = False
    finish_reason: str = Field(examples=["stop"])
    usage: Usage | None = Field(description="Null for answers from market data.")
    usage_estimated: bool = False
    cost_micro_usd: int | None = Field(
        description="Millionths of a US dollar; null when unknown.", examples=[0]
    )
    timings: Timings
    source: Literal["model", "market_data"] = "model"
    conversation_id: UUID | None = None
    kept: bool | None = Field(
        default=None, description="Whether it was kept in its conversation; null outside of one."
    )
    timestamp: dt.datetime = Field(description="Of the original answer if it is cached.")


class LegacyChatAnswer(BaseModel):
    """The contract's answer of `POST /chat`, with what it has learnt to say since."""

    success: Literal[True] = True
    response: str
    model: str
    usage: dict[str, int | bool]
    timestamp: str = Field(description="Local time, no zone; of the original answer on a cache hit.")
    provider: str
    served_by: str
    fallback: bool
    from_cache: bool
    cost_micro_usd: int | None


class Estimate(BaseModel):
    """What sending would cost at most."""

    model: str
    provider: str
    prompt_tokens: int = Field(description="Estimated.")
    max_completion_tokens: int
    cost_micro_usd: int | None = Field(description="At most; null when the price is unknown.")
    prices_as_of: dt.date


class ConversationCreate(BaseModel):
    """A new conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Text, Field(max_length=200)] | None = None
    model: str | None = Field(default=None, max_length=200)


class ConversationHead(BaseModel):
    """A conversation without its messages."""

    id: UUID
    title: str | None
    model: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    messages: int


class ConversationMessage(BaseModel):
    """One kept turn."""

    role: str
    content: str
    model: str | None
    provider: str | None
    created_at: dt.datetime


class Conversation(ConversationHead):
    """A conversation with its messages."""

    turns: list[ConversationMessage]


class ConversationPage(BaseModel):
    """Conversations, the last used first."""

    conversations: list[ConversationHead]
