"""A route reached by a shortcut answers as it does by the router."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import PlainTextResponse
from httpx2 import ASGITransport, AsyncClient
from pydantic import BaseModel

from tandem.core import problems
from tandem.core.errors import ConfigurationError, InvalidInputError
from tandem.core.json_body import json_body
from tandem.core.middleware.shortcuts import ShortcutsMiddleware


class Ask(BaseModel):
    """What the route reads."""

    text: str


class Said(BaseModel):
    """What it answers."""

    text: str
    user: str
    path: str


async def _user(user: Annotated[str | None, Header(alias="X-User-ID")] = None) -> str:
    if user == "nobody":
        raise InvalidInputError("nobody is no user")
    return user or "default"


UserDep = Annotated[str, Depends(_user)]


async def _who(request: Request, user: UserDep) -> str:
    return f"{user} by {request.method}"


def _app(*ways: tuple[str, str]) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(ShortcutsMiddleware, owner=app, ways=ways)
    router = APIRouter(prefix="/v1")

    @router.post("/say", status_code=201)
    async def say(
        request: Request, ask: Annotated[Ask, Depends(json_body(Ask))], user: Annotated[str, Depends(_who)]
    ) -> Said:
        return Said(text=ask.text, user=user, path=request.scope["route"].path)

    @router.post("/plain")
    async def plain(user: UserDep) -> PlainTextResponse:
        return PlainTextResponse(user, headers={"X-More": "yes"})

    @router.post("/asks/{number}")
    async def asks(number: int) -> int:
        return number

    @router.post("/query")
    async def query(number: int) -> int:
        return number

    @router.post("/optional")
    async def optional(user: UserDep, number: Annotated[int, Query(ge=1)] = 3) -> Said:
        return Said(text=str(number), user=user, path="")

    @router.post("/blocking")
    def blocking() -> int:
        return 1

    app.include_router(router)
    return app


async def _answers(app: FastAPI) -> list[tuple[int, str, str, str | None]]:
    found = []
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        for path, body, headers in (
            ("/v1/say", {"text": "žluť"}, {}),
            ("/v1/say", {"text": "b"}, {"X-User-ID": "eva"}),
            ("/v1/say", {"text": 1}, {}),
            ("/v1/say", {"text": "b"}, {"X-User-ID": "nobody"}),
            ("/v1/say", {"text": "b"}, {"Content-Type": "image/png"}),
            ("/v1/plain", {}, {"x-user-id": "eva"}),
            ("/v1/optional", {}, {}),
            ("/v1/optional?number=7", {}, {}),
            ("/v1/optional?number=0", {}, {}),
            ("/v1/optional?other=0", {}, {}),
            ("/v1/say/", {"text": "b"}, {}),
            ("/v1/nothing", {}, {}),
        ):
            answer = await client.post(path, json=body, headers=headers)
            found.append(
                (
                    answer.status_code,
                    answer.headers.get("content-type", ""),
                    answer.text,
                    answer.headers.get("x-more"),
                )
            )
        found.append(((await client.get("/v1/say")).status_code, "", "", None))
    return found


async def test_the_way_makes_no_difference() -> None:
    """Status, type, body and headers are the same, also of refused values and bodies, and of other paths and methods."""
    short = await _answers(_app(("POST", "/v1/say"), ("POST", "/v1/plain"), ("POST", "/v1/optional")))
    assert short == await _answers(_app())
    assert [one[0] for one in short] == [201, 201, 400, 400, 415, 200, 200, 200, 400, 200, 307, 404, 405]
    assert short[1][2] == '{"text":"b","user":"eva by POST","path":"/v1/say"}'


@pytest.mark.parametrize("path", ["/v1/query", "/v1/blocking", "/v1/asks/{number}", "/v1/missing"])
async def test_what_a_shortcut_cannot_serve_is_refused(path: str) -> None:
    """With the first request and not silently."""
    with pytest.raises(ConfigurationError):
        await _answers(_app(("POST", path)))
