"""The same prompt to several models."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.tokimeki.schemas.chat import MaxTokens, ModelKey, Said, StreamId, Temperature, Usage, given

MOST_LANES = 12


def _is_none(value: object) -> bool:
    return value is None


class CompareAsk(BaseModel):
    """What to compare."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prompt: Said = Field(examples=["Explain recursion in one sentence."])
    models: Annotated[
        Annotated[list[ModelKey], Field(max_length=MOST_LANES)] | None, BeforeValidator(given)
    ] = Field(default=None, description="Keys of `/models`; the contract's six without any.")
    temperature: Temperature = 0.7
    max_tokens: MaxTokens = 1000
    sequential: bool = Field(default=False, description="One after another, for small machines.")
    lane_seconds: float | None = Field(default=None, gt=0, le=300, description="Deadline of each lane.")
    stream_id: StreamId | None = None
    resumable: bool = False


class LaneResult(BaseModel):
    """One model's answer or failure."""

    model: str
    success: bool
    response_time: float = Field(description="Seconds.")
    response: str | None
    token_count: int
    word_count: int
    avg_word_length: float
    usage: Usage | None = Field(default=None, exclude_if=_is_none, description="Of a success.")
    error: str | None = Field(default=None, exclude_if=_is_none, description="Of a failure.")
    code: str | None = Field(default=None, exclude_if=_is_none, description="Of a failure.")
    delivered: str | None = Field(
        default=None,
        exclude_if=_is_none,
        description="Of a failure: what came before it, if the answer had begun.",
    )
    provider: str | None = None
    served_by: str | None = None
    from_cache: bool = False
    first_token_seconds: float | None = None
    tokens_per_second: float | None = None
    cost_micro_usd: int | None = None
    finish_reason: str | None = None


class CompareSummary(BaseModel):
    """Over the lanes that succeeded."""

    total_models: int
    successful_models: int
    avg_response_time: float
    avg_token_count: float
    fastest_model: str | None = Field(description="Never a failed one, nor one answered from the cache.")
    slowest_model: str | None


class CompareAnswer(BaseModel):
    """The contract's answer of `POST /compare_models`, with the id under which it is kept."""

    success: Literal[True] = True
    prompt: str
    results: list[LaneResult] = Field(description="By response time, failures included.")
    summary: CompareSummary
    timestamp: str
    comparison_id: UUID | None = Field(description="Null when it could not be kept.")


class KeptComparison(BaseModel):
    """A comparison as it was asked and answered."""

    id: UUID
    created_at: dt.datetime
    ask: CompareAsk
    answer: CompareAnswer
