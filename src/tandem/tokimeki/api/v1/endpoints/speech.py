"""Speech to text, and spoken questions."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse

from tandem.core.disconnect import while_connected
from tandem.core.problems import responses
from tandem.tokimeki.api.streams import begun_stream
from tandem.tokimeki.api.uploads import saved
from tandem.tokimeki.dependencies import AskerDep, ContextDep, FactoryDep
from tandem.tokimeki.schemas.speech import SpokenAnswer, Transcription, TranscriptionJob
from tandem.tokimeki.services.speech_service import Wishes

PREFIX: Final = "/api/v1/speech"
UPLOADS: Final = (f"{PREFIX}/transcribe", f"{PREFIX}/ask")
"""Paths that take a recording."""

router = APIRouter(prefix=PREFIX, tags=["speech"])

Recording = Annotated[
    UploadFile, File(description="WAV, FLAC, MP3, OGG or WebM, told by its content; up to 25 MiB.")
]
Language = Annotated[
    str | None,
    Form(
        pattern=r"^([a-z]{2,3})?$",
        description="ISO 639-1; found out by a multilingual model, the bundled one knows `en` only.",
    ),
]  # fmt: skip


async def wishes_of(
    language: Language = None,
    words: Annotated[bool, Form(description="Tell the times of each word.")] = False,
    background: Annotated[bool, Form(description="Answer with a job, however short it is.")] = False,
) -> Wishes:
    """Return how a recording is to be transcribed."""
    return Wishes(language=language or None, words=words, background=background)


async def recording_of(file: Recording, context: ContextDep) -> AsyncIterator[Path]:
    """Give the path of the recording for as long as the request lasts."""
    async with saved(file, context.settings.home_path / "speech", context.settings.max_upload) as path:
        yield path


RecordingDep = Annotated[Path, Depends(recording_of, scope="function")]
WishesDep = Annotated[Wishes, Depends(wishes_of)]


@router.post(
    "/transcribe", summary="Transcribe a recording",
    responses={
        200: {"model": Transcription},
        202: {"model": TranscriptionJob, "description": "A long recording became a job"},
        **responses(413, 415, 422, 503),
    },
)  # fmt: skip
async def transcribe(
    request: Request, path: RecordingDep, wishes: WishesDep, asker: AskerDep, factory: FactoryDep
) -> Response:
    """Return what is said and when; what lasts longer than two minutes becomes a job (202)."""
    told = await while_connected(request, factory.speech.transcribe(asker.user, path, wishes))
    if isinstance(told, TranscriptionJob):
        return JSONResponse(told.model_dump(mode="json"), 202, {"Location": told.status_url})
    return Response(told.model_dump_json(), media_type="application/json")


@router.post("/ask", summary="Ask by voice", responses=responses(413, 415, 422, 503))
async def ask(
    request: Request,
    path: RecordingDep,
    asker: AskerDep,
    factory: FactoryDep,
    model: Annotated[
        str | None, Form(max_length=200, description="Words descriptions; a key of `/models`.")
    ] = None,
) -> SpokenAnswer:
    """Answer a spoken question about the prices of a company, such as "What is the price of Apple?"."""
    return await while_connected(request, factory.speech.ask(asker, path, model))


@router.get("/jobs/{job_id}", summary="A long transcription", responses=responses(404, 422, 503))
async def job(job_id: UUID, asker: AskerDep, factory: FactoryDep) -> TranscriptionJob:
    """Return how far it is and, once it is done, what was said."""
    return await factory.speech.job(asker.user, job_id)


@router.get(
    "/jobs/{job_id}/events", summary="Follow a long transcription", response_class=StreamingResponse,
    responses=responses(404, 422, 503),
)  # fmt: skip
async def events(
    request: Request, job_id: UUID, asker: AskerDep, factory: FactoryDep, context: ContextDep
) -> Response:
    """Send `progress` as Server-Sent Events, then `done` with the result, `failed` or `cancelled`."""
    speech, hub = factory.speech, context.hub
    await speech.job(asker.user, job_id)
    return await begun_stream(
        request, hub, lambda: hub.start(hub.new_name(), asker.user, lambda live: speech.follow(job_id, live))
    )


@router.delete(
    "/jobs/{job_id}", status_code=204, summary="Cancel a long transcription", responses=responses(404, 409, 422, 503)
)  # fmt: skip
async def cancel(job_id: UUID, asker: AskerDep, factory: FactoryDep) -> None:
    """Cancel a job that waits or runs; its recording is forgotten."""
    await factory.speech.cancel(asker.user, job_id)
