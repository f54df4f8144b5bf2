"""Sessions in and out."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from tandem.core.caller import UserDep
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import OptionalDay, PageSize
from tandem.pomodoro.dependencies import CallerDep, FactoryDep
from tandem.pomodoro.schemas.sessions import SessionCreate, SessionPage, SessionPatch, SessionRead, Text
from tandem.pomodoro.services.import_service import ImportRequest
from tandem.pomodoro.sources.report import ImportReport

router = APIRouter(prefix="/api/sessions", tags=["sessions"])

IMPORT_PATH = "/api/sessions/import"

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="Makes a repeated request safe: the same body is stored once and answered alike for 24 hours.",
    ),
]  # fmt: skip


@router.post("", status_code=201, summary="Store a session", responses=responses(400, 409, 413, 415, 503))
async def create(
    session: SessionCreate,
    factory: FactoryDep,
    user: UserDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> SessionRead:
    """Store one session; models see it at once."""
    stored = await factory.sessions.create(user, session, idempotency_key)
    response.headers["Location"] = f"/api/sessions/{stored.id}"
    return stored


@router.get("", summary="List sessions", responses=responses(400, 503))
async def find(
    factory: FactoryDep,
    user: UserDep,
    first: Annotated[OptionalDay, Query(alias="from", description="First local day.")] = None,
    last: Annotated[OptionalDay, Query(alias="to", description="Last local day, included.")] = None,
    category: Annotated[Text | None, Query(max_length=100, description="Only this category.")] = None,
    limit: PageSize = 100,
    cursor: Annotated[
        str | None, Query(max_length=300, description="`next_cursor` of the page before.")
    ] = None,
) -> SessionPage:
    """Return sessions, newest first."""
    return await factory.sessions.page(
        user, first=first, last=last, category=category, limit=limit, cursor=cursor
    )


@router.get(
    "/export", summary="Export all sessions", response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}, **responses(503)},
)  # fmt: skip
async def export(factory: FactoryDep, user: UserDep) -> StreamingResponse:
    """Return all sessions as CSV; importing it gives the same sessions back."""
    chunks = await factory.imports.export(user)
    headers = {"Content-Disposition": 'attachment; filename="sessions.csv"'}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/import", summary="Import a log", responses=responses(400, 413, 415, 503))
async def import_file(
    factory: FactoryDep,
    caller: CallerDep,
    file: Annotated[UploadFile, File(description="The log, up to 25 MiB.")],
    format: Annotated[  # noqa: A002 - the name on the wire
        Literal["auto", "csv", "toggl", "timestamps"], Form(description="What kind of log it is.")
    ] = "auto",
    rating_scale: Annotated[
        Literal["1-5", "1-10", "0-100"] | None, Form(description="Needed when the log has ratings.")
    ] = None,
    gap_minutes: Annotated[
        int, Form(ge=1, le=720, description="`timestamps`: a longer pause begins a new session.")
    ] = 60,
) -> ImportReport:
    """Add the sessions of somebody's log; those that are already there are left alone."""
    request = ImportRequest(file.filename or "upload", format, rating_scale, gap_minutes)
    return await factory.imports.add(caller.user, await file.read(), request, text=caller.text)


@router.get("/{session_id}", summary="One session", responses=responses(400, 404, 503))
async def get(session_id: UUID, factory: FactoryDep, user: UserDep) -> SessionRead:
    """Return one session."""
    return await factory.sessions.get(user, session_id)


@router.patch("/{session_id}", summary="Change a session", responses=responses(400, 404, 413, 415, 503))
async def change(session_id: UUID, patch: SessionPatch, factory: FactoryDep, user: UserDep) -> SessionRead:
    """Change the fields that the body names."""
    return await factory.sessions.change(user, session_id, patch)


@router.delete(
    "/{session_id}", status_code=204, summary="Delete a session", responses=responses(400, 404, 503)
)
async def delete(session_id: UUID, factory: FactoryDep, user: UserDep) -> None:
    """Delete one session."""
    await factory.sessions.delete(user, session_id)
