"""How well recordings are transcribed whose words are known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.core.errors import ClientError
from tandem.inference.speech_errors import NoSpeechError
from tandem.inference.transcription import Transcriber
from tandem.inference.word_errors import NONE, WordErrors, word_errors


@dataclass(frozen=True, slots=True)
class Known:
    """A recording and what is said in it; ``complete`` False where that is only a part, which is no ground for scoring."""

    file: Path
    said: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """One recording's transcript; ``errors`` None if it was not scored, ``problem`` says why it could not be read."""

    name: str
    text: str
    seconds: float
    inference_seconds: float
    errors: WordErrors | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """All recordings under one model."""

    model: str
    version: str
    scored: tuple[Scored, ...]

    @property
    def errors(self) -> WordErrors:
        """The errors of all that were scored, by words: long recordings weigh more."""
        return sum((one.errors for one in self.scored if one.errors is not None), NONE)

    @property
    def speed(self) -> float:
        """Seconds of recording for each second of the model's work."""
        worked = sum(one.inference_seconds for one in self.scored)
        return sum(one.seconds for one in self.scored) / worked if worked else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return all figures."""
        return {
            "task": "speech to text", "model": self.model, "version": self.version, **_figures(self.errors),
            "speed": round(self.speed, 2),
            "recordings": [
                {
                    "file": one.name, "seconds": round(one.seconds, 3), "transcript": one.text,
                    "inference_seconds": round(one.inference_seconds, 3), "problem": one.problem,
                    **({} if one.errors is None else _figures(one.errors)),
                }
                for one in self.scored
            ],
        }  # fmt: skip


def _figures(errors: WordErrors) -> dict[str, Any]:
    return {
        "word_error_rate": round(errors.rate, 4), "words": errors.words, "substitutions": errors.substitutions,
        "deletions": errors.deletions, "insertions": errors.insertions,
    }  # fmt: skip


async def scores(transcriber: Transcriber, known: Iterable[Known], done: Callable[[], None]) -> Scores:
    """Transcribe all of ``known``, calling ``done`` after each.

    A recording that cannot be read counts as one in which nothing was heard. Raises ModelMissingError.
    """
    found = []
    for one in known:
        found.append(await _scored(transcriber, one))
        done()
    return Scores(transcriber.model, transcriber.runner.version, tuple(found))


async def _scored(transcriber: Transcriber, known: Known) -> Scored:
    seconds = 0.0
    try:
        async with transcriber.decoded(known.file) as decoded:
            seconds = decoded.recording.seconds
            heard = await transcriber.transcribe(decoded)
    except NoSpeechError:
        return Scored(known.file.name, "", seconds, 0.0, _errors(known, ""))
    except ClientError as error:
        return Scored(known.file.name, "", seconds, 0.0, _errors(known, ""), error.message)
    return Scored(known.file.name, heard.text, seconds, heard.inference_seconds, _errors(known, heard.text))


def _errors(known: Known, text: str) -> WordErrors | None:
    return word_errors(known.said, text) if known.complete else None
