"""Questions in plain words and recordings, as they are asked and answered."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tandem.tokimeki.markets.price_question import Wanted
from tandem.tokimeki.schemas.chat import Text

MOST_QUESTION = 2000
"""Characters of one question."""


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class SpeechQuestion(BaseModel):
    """A question about prices in plain words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[
        Text, BeforeValidator(_trimmed), Field(min_length=1, max_length=MOST_QUESTION)
    ] = Field(description="The question.", examples=["What was the average price of Apple in the last five days?"])  # fmt: skip
    model: str | None = Field(
        default=None,
        max_length=200,
        description="A key of `/models` that words descriptions; others, as the old service's, mean the default one.",
    )


class PriceAnswer(BaseModel):
    """The contract's answer, and what it stands on."""

    answer: str = Field(
        examples=["The average closing price of Apple (AAPL) in the last 5 days to 2013-03-01 was $441.52."]
    )
    symbol: str | None = Field(
        default=None, description="Whose prices; null when nothing about prices was asked."
    )
    days: int | None = Field(
        default=None, description="The period in calendar days, to the last day that the source knows."
    )
    intent: Wanted | None = Field(default=None, description="What was asked; null as `symbol`.")
    source: str | None = Field(
        default=None, description="Where the prices come from; null when there are none.", examples=["sample"]
    )
    as_of: dt.date | None = Field(default=None, description="The last day that the source knows.")
    ai_generated: bool = Field(
        default=False, description="Whether a language model worded it; its figures are checked."
    )
    provider: str | None = Field(default=None, description="Who worded it.")
    model: str | None = Field(default=None, description="The provider's own model id.")
