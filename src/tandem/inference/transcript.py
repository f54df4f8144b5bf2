"""What was heard in a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.inference.audio_format import RATE, Recording
from tandem.inference.speech_spans import Span, pauses


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the model writes it, without blanks; times in seconds, ``probability`` is the model's own, 0-1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch without a long silence; the logarithm of the mean probability is the model's own measure of doubt."""

    text: str
    start: float
    end: float
    avg_logprob: float
    no_speech_prob: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """The segments of one piece, the language in which the model heard it, and how long that took it."""

    segments: tuple[Segment, ...]
    language: str
    language_probability: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording; ``spans`` are where somebody speaks, in samples.

    ``inference_seconds`` is the model's work, without waiting for others.
    """

    recording: Recording
    segments: tuple[Segment, ...]
    language: str
    language_probability: float
    spans: tuple[Span, ...]
    model: str
    version: str
    inference_seconds: float

    @property
    def text(self) -> str:
        """All words, with one blank between segments."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def speech_seconds(self) -> float:
        """How long somebody speaks, pauses left out."""
        return sum(stop - start for start, stop in self.spans) / RATE

    @property
    def words_per_minute(self) -> float:
        """Words of the text per minute from the first sound of speech to the last, pauses between them included."""
        seconds = (self.spans[-1][1] - self.spans[0][0]) / RATE if self.spans else 0.0
        return 60 * len(self.text.split()) / seconds if seconds else 0.0

    @property
    def pauses(self) -> Sequence[tuple[float, float]]:
        """The silences of half a second or more between words, in seconds."""
        return [(start / RATE, stop / RATE) for start, stop in pauses(self.spans)]
