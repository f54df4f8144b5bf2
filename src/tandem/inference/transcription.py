"""Speech to text: a recording in, what was said and when out.

The model runs in a process of its own (:mod:`tandem.inference.runner`), which also decodes and looks for speech. A
recording is heard in pieces of at most half a minute, one call each. Calls wait in order of arrival, so an hour in the background
delays nobody by more than one piece, and what is cancelled is over after the piece under way.

Fail modes: not installed is ModelMissingError with the remedy; a full queue ModelBusyError with Retry-After; a process that
dies costs its piece one more try in a new one. What lies on the disk is bounded. Whatever happens, the decoded samples are removed: by the
block that asked for them, or, when the process is killed, by the next one that starts.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tandem.core.scratch import scratch, sweep
from tandem.core.settings import Settings
from tandem.inference.audio_format import RATE, Recording
from tandem.inference.errors import ModelBusyError
from tandem.inference.runner import ModelRunner
from tandem.inference.spec import ModelSpec, default_threads
from tandem.inference.speech_errors import NoSpeechError
from tandem.inference.speech_spans import Span, pieces
from tandem.inference.transcript import Heard, Segment, Transcript

STRETCH: Final = 300 * RATE
"""Samples in which speech is looked for at once: a second of work, so that nobody waits longer for it."""

SILENT: Final = 0.003
"""The largest amplitude of a recording that is called silent, -50 dB."""

HELD_SECONDS: Final = 4 * 3600.0
"""Recordings whose samples lie in files at the same time, 460 MB; who would make it more is told to come back."""

BUSY_SECONDS: Final = 15.0
"""When: by then a few pieces are done."""

BUNDLED: Final = "whisper-tiny.en"

Progress = Callable[[float], Awaitable[None]]
"""Is told the part that is done, 0-1."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A recording whose samples lie in a file for as long as the block that opened it."""

    recording: Recording
    samples: Path

    @property
    def length(self) -> int:
        """How many samples there are."""
        return round(self.recording.seconds * RATE)


async def _unheard(part: float) -> None:
    """Tell nobody."""


class Transcriber:
    """One model. A resource of one event loop; the model is loaded at the first recording."""

    def __init__(  # noqa: PLR0913 - what may be set
        self, directory: Path, *, model: str = "", threads: int = 1, niceness: int = 10, longest: float = 3600.0,
        seconds: float = 120.0,
    ) -> None:  # fmt: skip
        """Decode into ``directory``; ``model`` is a directory, empty for the bundled one.

        Recordings may last ``longest`` seconds; one call of the model may take ``seconds``.
        """
        self.model = Path(model).name if model else BUNDLED
        """The model's name, as answers tell it."""
        self.longest = longest
        self._directory = directory
        self._seconds = seconds
        self._held = 0.0
        self.runner = ModelRunner(
            ModelSpec(
                self.model, "tandem.inference.whisper:load", {"directory": model, "threads": threads},
                threads=threads, niceness=niceness, start_seconds=300.0,
            )
        )  # fmt: skip

    async def open(self) -> None:
        """Load nothing; remove what a process that was killed has left."""
        await asyncio.to_thread(sweep, self._directory)
        await self.runner.open()

    async def close(self) -> None:
        """End the model's process."""
        await self.runner.close()

    async def ping(self) -> None:
        """Well until it is closed."""
        await self.runner.ping()

    @asynccontextmanager
    async def decoded(self, source: Path) -> AsyncIterator[Decoded]:
        """Decode the file ``source``; its samples are gone when the block is left.

        Raises what :func:`tandem.inference.audio.decode` raises, ModelBusyError beyond :data:`HELD_SECONDS`.
        """
        async with scratch(self._directory) as place:
            samples = place / "samples"
            recording: Recording = await self.runner.call(
                "decode", str(source), str(samples), self.longest, seconds=self._seconds
            )
            if self._held and self._held + recording.seconds > HELD_SECONDS:
                raise ModelBusyError(self.model, BUSY_SECONDS)
            self._held += recording.seconds
            try:
                yield Decoded(recording, samples)
            finally:
                self._held -= recording.seconds

    async def transcribe(
        self, decoded: Decoded, language: str | None = None, progress: Progress = _unheard
    ) -> Transcript:
        """Return what is said; ``language`` (ISO 639-1) None lets a multilingual model find out.

        Raises NoSpeechError, UnknownLanguageError, and as :meth:`ModelRunner.call`.
        """
        spans, spent = await self._spans(decoded)
        segments: list[Segment] = []
        first: Heard | None = None
        for piece in pieces(spans, decoded.length):
            heard: Heard = await self.runner.call(
                "transcribe",
                str(decoded.samples),
                piece,
                first.language if first else language,
                seconds=self._seconds,
            )
            first = first or heard
            segments += heard.segments
            spent += heard.seconds
            await progress(piece[-1][1] / decoded.length)
        if first is None or not segments:
            raise _no_speech(decoded.recording)
        return Transcript(
            decoded.recording, tuple(segments), first.language, first.language_probability, tuple(spans), self.model,
            self.runner.version, spent,
        )  # fmt: skip

    async def check(self, decoded: Decoded, language: str | None = None) -> None:
        """Find out before a job begins what would make it fail: raises NoSpeechError, UnknownLanguageError.

        Looks no further than the first word.
        """
        await self.runner.call("require_language", language, seconds=self._seconds)
        async for spans, _ in self._looked_at(decoded):
            if spans:
                return
        raise _no_speech(decoded.recording)

    async def _spans(self, decoded: Decoded) -> tuple[list[Span], float]:
        spans: list[Span] = []
        spent = 0.0
        async for found, seconds in self._looked_at(decoded):
            spans += found
            spent += seconds
        if not spans:
            raise _no_speech(decoded.recording)
        return spans, spent

    async def _looked_at(self, decoded: Decoded) -> AsyncIterator[tuple[list[Span], float]]:
        """Yield where somebody speaks, stretch by stretch, and the seconds that it took to find out."""
        if decoded.recording.peak <= SILENT:
            return
        for start in range(0, decoded.length, STRETCH):
            stop = min(decoded.length, start + STRETCH)
            yield await self.runner.call(
                "find_speech", str(decoded.samples), start, stop, seconds=self._seconds
            )


def _no_speech(recording: Recording) -> NoSpeechError:
    if recording.peak <= SILENT:
        return NoSpeechError("the recording is silent")
    return NoSpeechError("no speech was found in the recording")


def transcriber_of(settings: Settings) -> Transcriber:
    """Return the transcriber that ``settings`` ask for.

    Unless they say otherwise it leaves a core to the others: its threads wait for each other at every step.
    """
    return Transcriber(
        settings.home_path / "speech", model=settings.speech_model,
        threads=settings.speech_threads or settings.model_threads or max(1, default_threads() - 1),
        niceness=settings.model_niceness, longest=60 * settings.speech_longest_minutes,
        seconds=max(120.0, settings.model_timeout),
    )  # fmt: skip
