"""Recordings: transcribed at once, as a job when they are long, or answered when they ask something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tandem.ai.live_stream import LiveStream
from tandem.ai.messages import Asker
from tandem.core.jobs import JobKind, JobRecord, Jobs, Queue
from tandem.inference.speech_errors import AudioTooLongError
from tandem.inference.transcript import Transcript
from tandem.inference.transcription import Decoded, Transcriber
from tandem.tokimeki.schemas.speech import SpokenAnswer, Transcription, TranscriptionJob
from tandem.tokimeki.services.own_jobs import OwnJobs
from tandem.tokimeki.services.price_answer import PriceAnswerer

TRANSCRIBE: Final = JobKind(
    "tokimeki.transcribe", Queue.MODELS, attempts=3, patience=6 * 3600.0, most_waiting=200,
)  # fmt: skip
"""A long recording. Its file (:data:`FILE`) travels with it through the database, so any worker may do it."""

FILE: Final = "recording"

LONGEST_QUESTION: Final = 60.0
"""Seconds of a spoken question."""

JOBS: Final = "/api/v1/speech/jobs"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a recording is to be transcribed; ``language`` None lets a multilingual model find out."""

    language: str | None = None
    words: bool = False
    background: bool = False

    def payload(self) -> dict[str, Any]:
        """Return them as a job keeps them."""
        return {"language": self.language, "words": self.words}


class SpeechService:
    """Transcribes and answers.

    Fail mode: a caller that leaves takes its waiting work along; the piece under way is finished and thrown away. A job
    outlives its caller, the server and a worker that dies.
    """

    def __init__(
        self, *, transcriber: Transcriber, jobs: Jobs, prices: PriceAnswerer, job_seconds: float
    ) -> None:
        """Transcribe what is longer than ``job_seconds`` in the background."""
        self._transcriber = transcriber
        self._jobs = jobs
        self._own = OwnJobs(jobs, TRANSCRIBE, JOBS)
        self._prices = prices
        self._job_seconds = job_seconds

    async def transcribe(self, user: str, source: Path, wishes: Wishes) -> Transcription | TranscriptionJob:
        """Return what is said in the file ``source``, or the job that will find out.

        Raises what is wrong with the file (:mod:`tandem.inference.speech_errors`), also before a job begins; ModelMissingError,
        ModelBusyError; QueueFullError when too many long recordings wait.
        """
        async with self._transcriber.decoded(source) as decoded:
            if not wishes.background and decoded.recording.seconds <= self._job_seconds:
                heard = await self._transcriber.transcribe(decoded, wishes.language)
                return Transcription.of(heard, words=wishes.words)
            await self._transcriber.check(decoded, wishes.language)
        record = await self._jobs.enqueue(
            TRANSCRIBE, wishes.payload(), user=user, files={FILE: await asyncio.to_thread(source.read_bytes)}
        )
        return await self._told(record)

    async def ask(self, asker: Asker, source: Path, model: str | None) -> SpokenAnswer:
        """Answer the question that is asked in the file ``source``; raises as :meth:`transcribe`."""
        async with self._question(source) as decoded:
            heard: Transcript = await self._transcriber.transcribe(decoded)
        told = await self._prices.answer(heard.text, asker, model)
        return SpokenAnswer(
            **told.model_dump(), transcript=heard.text, language=heard.language,
            duration=round(heard.recording.seconds, 3), transcription_model=heard.model,
            transcription_version=heard.version, inference_time=round(heard.inference_seconds, 3),
        )  # fmt: skip

    async def job(self, user: str, job: UUID) -> TranscriptionJob:
        """Return a job of ``user``; raises NotFoundError."""
        return await self._told(await self._own.get(user, job))

    async def cancel(self, user: str, job: UUID) -> None:
        """Cancel a job; raises NotFoundError, ConflictError if it is over in another way."""
        await self._own.cancel(user, job)

    async def follow(self, job: UUID, stream: LiveStream) -> None:
        """Write the job's way into ``stream``: ``progress`` ..., then ``done``, ``failed`` or ``cancelled``."""
        last: TranscriptionJob | None = None
        async for record in self._jobs.watch(job):
            told = await self._told(record)
            if told == last:
                continue
            last = told
            if record.is_over:
                stream.complete()
            name = record.state if record.is_over else "progress"
            await stream.emit(
                name, told.model_dump(mode="json", exclude=set() if record.is_over else {"result"})
            )

    @asynccontextmanager
    async def _question(self, source: Path) -> AsyncIterator[Decoded]:
        async with self._transcriber.decoded(source) as decoded:
            if decoded.recording.seconds > LONGEST_QUESTION:
                raise AudioTooLongError(f"a spoken question may last {LONGEST_QUESTION:g} seconds")
            yield decoded

    async def _told(self, record: JobRecord) -> TranscriptionJob:
        result = Transcription.model_validate(record.result) if record.state == "done" else None
        return TranscriptionJob(
            **await self._own.told(record), started_at=record.started_at,
            events_url=f"{self._own.address(record)}/events", result=result,
        )  # fmt: skip
