"""Does a transcription in the background."""

import asyncio
from pathlib import Path
from typing import Any

from tandem.core.jobs import RunningJob
from tandem.core.scratch import scratch
from tandem.inference.transcription import Transcriber
from tandem.tokimeki.schemas.speech import Transcription
from tandem.tokimeki.services.speech_service import FILE


class TranscriptionJobs:
    """The handler of :data:`~tandem.tokimeki.services.speech_service.TRANSCRIBE`; writes nothing but its result."""

    def __init__(self, transcriber: Transcriber, directory: Path) -> None:
        """Transcribe with ``transcriber``; recordings lie in ``directory`` while they are decoded."""
        self._transcriber = transcriber
        self._directory = directory

    async def __call__(self, job: RunningJob) -> dict[str, Any]:
        """Return the transcription; what is wrong with the recording fails the job at once."""
        async with scratch(self._directory) as place:
            source = place / "recording"
            await asyncio.to_thread(source.write_bytes, await job.file(FILE))
            async with self._transcriber.decoded(source) as decoded:

                async def progress(part: float) -> None:
                    await job.progress(
                        part=round(part, 4), seconds=round(part * decoded.recording.seconds, 1)
                    )

                heard = await self._transcriber.transcribe(decoded, job.payload.get("language"), progress)
        return Transcription.of(heard, words=bool(job.payload.get("words"))).model_dump(mode="json")
