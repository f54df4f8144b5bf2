"""Texts to be judged, and what is thought of them."""

import datetime as dt
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tandem.inference.sentiment.analyzer import Judged
from tandem.tokimeki.schemas.chat import Text

MOST_TEXTS: Final = 256
"""Texts that are judged while the caller waits."""
MOST_IN_A_JOB: Final = 10_000
LONGEST: Final = 10_000
"""Characters of one text; the model that comes with us reads the first 2,000."""

LegacyModel = Literal[
    "distilbert-base-uncased-finetuned-sst-2-english",
    "nreimers/TinyBERT_L-4_H-312_A-12-SST2",
    "cardiffnlp/twitter-roberta-base-sentiment-latest",
]

OneText = Annotated[Text, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]


class SentimentAsk(BaseModel):
    """One `text`, or several `texts`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: OneText | None = Field(default=None, description="One text.", examples=["What a wonderful day!"])
    texts: Annotated[list[OneText], Field(min_length=1, max_length=MOST_TEXTS)] | None = Field(
        default=None, description=f"Up to {MOST_TEXTS} texts; more as a job: POST /api/v1/sentiment/jobs."
    )
    explain: bool | None = Field(
        default=None,
        description="Tell the words that mattered. It costs about one more reading a word; unset: for up to 8 texts.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("give either text or texts")
        return self

    @property
    def all_texts(self) -> list[str]:
        """The texts."""
        return self.texts if self.texts is not None else [self.text or ""]


class SentimentJobAsk(BaseModel):
    """Many texts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    texts: Annotated[list[OneText], Field(min_length=1, max_length=MOST_IN_A_JOB)]
    explain: bool = Field(default=False, description="Tell the words that mattered, too.")


class Probabilities(BaseModel):
    """They add up to 1 and are calibrated: of the texts with 0.8, about 80 % are so."""

    negative: float = Field(ge=0, le=1)
    neutral: float = Field(ge=0, le=1)
    positive: float = Field(ge=0, le=1)


class WordWeight(BaseModel):
    """A word that mattered."""

    word: str
    weight: float = Field(description="Above 0: spoke for positive; below 0: for negative.")


class Sentiment(BaseModel):
    """What is thought of one text."""

    label: Literal["negative", "neutral", "positive"]
    confidence: float = Field(ge=0, le=1, description="The probability of the label.")
    probabilities: Probabilities
    words: list[WordWeight] = Field(
        description="The words that mattered most, the strongest first; empty when they were not asked for."
    )
    model: str
    version: str = Field(description="Of the model.")
    from_cache: bool

    @classmethod
    def fields_of(cls, judged: Judged, model: str) -> dict[str, Any]:
        """Return the fields for a verdict."""
        verdict = judged.verdict
        shares = Probabilities(
            negative=round(verdict.negative, 4),
            neutral=round(verdict.neutral, 4),
            positive=round(verdict.positive, 4),
        )
        words = [WordWeight(word=word.word, weight=word.weight) for word in verdict.words]
        return {
            "label": verdict.label, "confidence": round(verdict.confidence, 4), "probabilities": shares, "words": words,
            "model": model, "version": judged.version, "from_cache": judged.from_cache,
        }  # fmt: skip

    @classmethod
    def of(cls, judged: Judged, model: str) -> Self:
        """Return the answer for a verdict."""
        return cls(**cls.fields_of(judged, model))


class OneSentiment(Sentiment):
    """The answer to `text`."""

    inference_time: float = Field(description="Seconds.")


class ManySentiments(BaseModel):
    """The answer to `texts`, in their order."""

    results: list[Sentiment]
    count: int
    model: str
    version: str
    inference_time: float = Field(description="Seconds, of all together.")


class SentimentJob(BaseModel):
    """Many texts that are judged in the background."""

    id: UUID
    state: str = Field(examples=["waiting", "running", "done", "failed", "cancelled"])
    progress: float = Field(ge=0, le=1)
    count: int = Field(description="How many texts.")
    error: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None
    status_url: str
    note: str | None = Field(description="Why it does not begin.")
    results: list[Sentiment] | None = Field(description="In the order of the texts, once it is done.")


class TweetAsk(BaseModel):
    """The old service's question. ``text`` is checked after the model, as it was."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: LegacyModel = "distilbert-base-uncased-finetuned-sst-2-english"
    text: OneText = Field(examples=["I love this phone!"])


class SimilarExample(BaseModel):
    """A text like the one that was asked about."""

    text: str
    label: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]


class TweetAnswer(BaseModel):
    """The contract's answer, and who gave it."""

    text: str
    label: str = Field(description="As the asked model names it.", examples=["POSITIVE"])
    confidence: float = Field(ge=0, le=1)
    explanation: str
    similar_example: SimilarExample | None = Field(description="Null when nothing is alike.")
    inference_time: float = Field(description="Seconds.")
    model: str = Field(description="The model that was asked for.")
    served_by: str = Field(description="The model that answered, and its version.")
    probabilities: Probabilities
    from_cache: bool
